"""The benchmark times what it says, and the README shows what it found."""

import json
import re
import subprocess
import sys

import pytest

from benchmarks import growth, loops, record, table
from benchmarks.contenders import CONTENDERS, OWN, Contender
from tests.conftest import PROJECT
from vae.loops import LOOPS


def repeat(*seconds: float, loss: float = 0.07, images: int = 60_000) -> dict:
    return {"epoch_seconds": list(seconds), "loss": loss, "images": images}


def measured(images: int = 60_000, **figures: list[dict]) -> dict:
    machine = {"processor": "Abacus", "cores": 2, "versions": {"Python": "3.11.9", "JAX": None}}
    about = {"date": "2026-01-02", "machine": machine, "images": images, "epochs": 3, "repeats": 2}
    return about | {"figures": figures}


def row(page: str, title: str) -> list[str]:
    line = next(line for line in page.splitlines() if line.startswith(f"| {title} |"))
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def test_a_row_tells_the_first_epoch_from_the_later_ones():
    page = table.page(measured(tape=[repeat(5, 1, 2), repeat(7, 3, 4)]))
    assert row(page, "`tape`") == ["6.00 s", "2.50 s", "1.00–4.00 s", "11.00 s", "0.0700", ""]


def test_the_page_names_the_machine_without_what_it_lacks():
    assert table.page(measured(tape=[repeat(5, 1)])).startswith(
        "2026-01-02: Abacus, 2 cores, Python 3.11.9; 60 000 images, 3 epochs, repeats: 2."
    )


@pytest.mark.parametrize(("seconds", "verdict"), [(1.05, "holds"), (1.1, "holds"), (1.2, "does not hold")])
def test_a_ratio_is_of_medians_and_says_whether_it_holds(seconds, verdict):
    page = table.page(measured(jax=[repeat(9, 1, 1, 50)], tape_scan_xla=[repeat(1, seconds, seconds, 0.1)]))
    assert row(page, "`tape_scan`, XLA / JAX, scanned") == ["≤ 1.10", f"{seconds:.2f}", verdict]


def test_a_floor_is_held_from_above():
    page = table.page(measured(fit=[repeat(9, 4)], tape=[repeat(9, 2)], tape_scan_xla=[repeat(9, 2)]))
    assert row(page, "`fit` / `tape`") == ["≥ 1.30", "2.00", "holds"]
    assert row(page, "`fit` / `tape_scan`, XLA") == ["≥ 3.00", "2.00", "does not hold"]


@pytest.mark.parametrize(("loss", "wrong"), [(0.0706, False), (0.0708, True), (0.069, True), (float("nan"), True)])
def test_a_loss_far_from_the_tapes_is_wrong(loss, wrong):
    figures = measured(tape=[repeat(2, 1)], fit=[repeat(2, 1), repeat(2, 1, loss=loss)])
    assert (table.wrong(figures) == ["fit"]) is wrong
    assert (row(table.page(figures), "`fit`")[-1] == "wrong loss") is wrong


def test_a_loss_is_not_judged_on_fewer_images():
    figures = measured(tape=[repeat(2, 1)], tape_eager=[repeat(2, 1, loss=0.1, images=6400)])
    assert table.wrong(figures) == []
    assert row(table.page(figures), "`tape_eager`")[-1] == "timed on 6 400 images and scaled"
    assert table.wrong(measured(6400, tape=[repeat(2, 1)], fit=[repeat(2, 1, loss=0.1)])) == []


def test_a_loop_that_breaks_off_is_wrong_and_another_library_is_not():
    failed = [{"error": "failed: RuntimeError"}]
    figures = measured(tape=failed, torch_compile=failed)
    assert table.wrong(figures) == ["tape"]
    assert row(table.page(figures), "PyTorch, `torch.compile`")[-1] == "failed: RuntimeError"


def test_growth_is_linear_or_not():
    by_size = {"1000": [0.01, 0.01], "10000": [0.1, 0.1], "60000": [0.6, 0.66]}
    slow = by_size | {"1000": [0.02, 0.02]}
    page = table.page(measured(tape=[repeat(2, 1)]) | {"growth": {"tape": by_size, "fit": slow}})
    growing = page[page.index("| loop |") :]
    assert row(growing, "`tape`") == ["0.010 s (× 0.95)", "0.100 s (× 0.95)", "0.630 s (× 1.00)", "linear"]
    assert row(growing, "`fit`")[-1] == "not linear"


def test_growth_times_small_sets_for_more_epochs():
    asked = []

    def train(name: str, images: int, epochs: int) -> dict:
        asked.append((images, epochs))
        return repeat(*[images / 60_000] * epochs)

    seconds = growth.measure(["tape"], measured(tape=[repeat(9, 1)]), train)
    assert asked == [(1000, 121), (10_000, 13), (60_000, 3)] * 2
    assert seconds["tape"]["60000"] == [1.0, 1.0]


def test_a_missing_library_is_said_in_a_row(monkeypatch):
    monkeypatch.setitem(CONTENDERS, "jax", Contender("JAX, scanned", lambda *_: None, library="no_such_library"))
    figures = measured(jax=[loops.train("jax", 640, 2)])
    assert row(table.page(figures), "JAX, scanned") == ["–"] * 5 + ["not installed"]
    assert "`pip install -r requirements-bench.txt`" in table.page(figures)
    assert table.wrong(figures) == []


def test_a_contender_that_fails_is_said_in_a_few_words(monkeypatch):
    def fail(*_):
        raise RuntimeError("no compiler, at length")

    monkeypatch.setitem(CONTENDERS, "jax", Contender("JAX, scanned", fail, library="json"))
    assert loops.train("jax", 640, 2) == {"error": "failed: RuntimeError"}


def test_a_child_prints_its_figures_on_the_last_line():
    command = [sys.executable, "-m", "benchmarks.loops", "--child", "tape", "--images", "640", "--epochs", "2"]
    child = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, check=True)
    figures = json.loads(child.stdout.splitlines()[-1])
    assert set(figures) == {"epoch_seconds", "loss", "images"}
    assert len(figures["epoch_seconds"]) == 2 and figures["images"] == 640
    assert 0 < figures["loss"] < 1


@pytest.mark.parametrize(
    "flags", [["--only", "tape,none"], ["--write", "--only", "tape"], ["--epochs", "1"], ["--images", "60001"]]
)
def test_a_bad_flag_ends_with_a_sentence(flags, capsys):
    with pytest.raises(SystemExit, match="2"):
        loops.main(flags)
    assert capsys.readouterr().err.splitlines()[-1].endswith(".")


def test_every_loop_takes_part():
    assert {contender.train.keywords["loop"] for contender in OWN.values()} == set(LOOPS)


def test_writing_fills_the_readme_and_the_file(tmp_path, monkeypatch):
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- speed -->\nold\n<!-- /speed -->\nafter\n")
    monkeypatch.setattr(record, "README", readme)
    monkeypatch.setattr(record, "FIGURES", tmp_path / "loops.json")
    figures = measured(tape=[repeat(5, 1, 2)])
    record.write(figures)
    record.write(figures)
    assert readme.read_text() == f"before\n<!-- speed -->\n{table.page(figures)}\n<!-- /speed -->\nafter\n"
    assert json.loads((tmp_path / "loops.json").read_text()) == figures


def test_the_readme_shows_the_figures_that_were_written():
    shown = record.SECTION.findall((PROJECT / "README.md").read_text())
    assert len(shown) == 1
    if record.FIGURES.exists():
        assert shown[0] == table.page(json.loads(record.FIGURES.read_text())), "Run the benchmark with --write."


def test_what_it_compares_with_is_pinned():
    lines = (PROJECT / "requirements-bench.txt").read_text().splitlines()
    assert lines[0] == "-r requirements.txt"
    assert all(re.fullmatch(r"[a-z]+==[\d.]+", line) for line in lines[1:] if not line.startswith("#"))
