"""A run as plain Keras code: run by itself, it prints the losses of the run."""

import ast
import json
import re
import subprocess
import sys

import numpy as np
import pytest

from tests.conftest import SMALL
from tests.test_parity import OBJECTIVES, run
from vae import curves
from vae.config import RunConfig
from vae.data import MNIST_FILE
from vae.exports.code import notebook, script, why_not
from vae.loops import LOOPS

LOSS = re.compile(r"^Epoch \d+ of \d+: loss (\S+)$", re.MULTILINE)
OTHERS = [
    ("tape_scan", RunConfig(images=640, epochs=1)),
    ("tape_eager", RunConfig(images=128, epochs=2, more_layers="50-20", order_shift=1, noise_shift=2)),
    ("tape", RunConfig(images=200, epochs=2, likelihood="bernoulli", inputs="dynamic", kl_reduction="sum",
                       bound="iwae", samples=3, warm_up="cyclical", warm_up_epochs=2, kl_weight=0.5)),
    ("fit", RunConfig(images=200, epochs=2, likelihood="learned_gaussian", schedule="cosine", clip_norm=100,
                      steps_per_execution=2, kl_reduction="sum")),
    ("tape", RunConfig(images=200, epochs=2, samples=2, schedule="burda", free_bits=0.1, inputs="threshold")),
    ("tape", RunConfig(images=64, epochs=2, network="conv", intermediate_dim=16, latent_dim=2, likelihood="gaussian",
                       warm_up="linear", more_layers="8", activation="elu")),
]  # fmt: skip


def losses(code, folder, *arguments):
    """What a script in a process of its own, outside the project, prints as the losses of its epochs."""
    file = folder / "vae_script.py"
    file.write_text(code)
    command = [sys.executable, "-W", "error::SyntaxWarning", str(file), *arguments]
    child = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert child.returncode == 0, child.stderr
    return [float(loss) for loss in LOSS.findall(child.stdout)]


@pytest.mark.parametrize("place", [0, 1], ids=["tape", "fit"])
def test_the_script_prints_the_losses_of_the_run(trained, tmp_path, place):
    record, runs = trained
    run = runs[place]
    recorded = [epoch["loss"] for epoch in curves.epoch_losses(record.metrics(run.id))]
    assert losses(script(run.config, run.loop), tmp_path, str(MNIST_FILE)) == pytest.approx(recorded, abs=1e-6)


def test_the_notebook_prints_the_losses_of_the_run(trained, tmp_path):
    record, (run, _) = trained
    cells = json.loads(notebook(run.config, run.loop))["cells"]
    code = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert code.count("FILE = None") == 1
    recorded = [epoch["loss"] for epoch in curves.epoch_losses(record.metrics(run.id))]
    named = code.replace("FILE = None", f"FILE = {str(MNIST_FILE)!r}")
    assert losses(named, tmp_path) == pytest.approx(recorded, abs=1e-6)


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    """What the scripts of `OTHERS` print, one after the other in one process."""
    folder = tmp_path_factory.mktemp("scripts")
    lines = ["import runpy, sys", f"sys.argv = ['', {str(MNIST_FILE)!r}]"]
    for place, (loop, config) in enumerate(OTHERS):
        (folder / f"{place}.py").write_text(script(config, loop))
        lines += [f"runpy.run_path({str(folder / f'{place}.py')!r})", "print('Script ends')"]
    child = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, cwd=folder)
    assert child.returncode == 0, child.stderr
    return [[float(loss) for loss in LOSS.findall(part)] for part in child.stdout.split("Script ends")]


@pytest.mark.parametrize("place", range(len(OTHERS)))
def test_the_script_of_any_settings_prints_the_same_losses(others, place):
    loop, config = OTHERS[place]
    notes, _ = run(loop, config)
    loss, sizes = (np.reshape(values, (config.epochs, -1)) for values in (np.array(notes.values)[:, 0], notes.sizes))
    assert others[place] == pytest.approx(np.average(loss, axis=1, weights=sizes).tolist(), rel=2e-6)


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    """The scripts of every loop with settings of every kind, and the notebooks' code, in one folder."""
    folder = tmp_path_factory.mktemp("styles")
    changes = [{}, {"images": 70_000, "dataset": "fashion_mnist"}, {"network": "conv", "more_layers": "20-30"}]
    for place, change in enumerate([*changes, *OBJECTIVES, *(config.model_dump() for _, config in OTHERS)]):
        config = RunConfig(kl_reduction="sum").model_copy(update=change)
        for loop in LOOPS:
            (folder / f"{place}_{loop}.py").write_text(script(config, loop))
    return folder


@pytest.mark.parametrize("check", [("check", "--select", "E,F,I,UP,B,SIM"), ("format", "--check")], ids=lambda c: c[0])
def test_the_scripts_are_in_good_style(scripts, check):
    command = [sys.executable, "-m", "ruff", check[0], "--isolated", "--line-length", "88", *check[1:], str(scripts)]
    found = subprocess.run(command, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout


def test_the_scripts_need_nothing_of_the_project(scripts):
    for file in scripts.iterdir():
        nodes = list(ast.walk(ast.parse(file.read_text())))
        named = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        named |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
        assert named <= {"keras", "tensorflow", "numpy", "math", "sys"}


def test_a_script_has_only_what_its_settings_need():
    plain = script(RunConfig(), "tape")
    assert len(plain.splitlines()) < 170
    for word in ("KL_WEIGHT", "WARM_UP", "SAMPLES", "Conv2D", "nll", "binarized", "Philox(key=key).random_raw(-("):
        assert word not in plain


def test_the_notebook_is_one_of_format_4_5():
    told = json.loads(notebook(SMALL, "fit"))
    assert (told["nbformat"], told["nbformat_minor"]) == (4, 5)
    assert set(told) == {"nbformat", "nbformat_minor", "metadata", "cells"}
    assert [cell["cell_type"] for cell in told["cells"]] == ["markdown", "code"] * (len(told["cells"]) // 2)
    ids = [cell["id"] for cell in told["cells"]]
    assert len(set(ids)) == len(ids) and all(re.fullmatch("[a-zA-Z0-9_-]{1,64}", name) for name in ids)
    for cell in told["cells"]:
        keys = {"cell_type", "id", "metadata", "source"}
        assert set(cell) == (keys | {"execution_count", "outputs"} if cell["cell_type"] == "code" else keys)
        assert "".join(cell["source"]).strip() and all(line.endswith("\n") for line in cell["source"][:-1])


def test_a_training_on_uploaded_images_has_no_code_and_says_why():
    assert why_not(RunConfig()) == ""
    assert "somebody uploaded" in why_not(RunConfig(dataset="own-" + "a" * 16))
