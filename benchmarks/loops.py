"""Times the training loops against each other and against other libraries: `python -m benchmarks.loops --help`."""

import argparse
import json
import os
import subprocess
import sys
from importlib.util import find_spec

from benchmarks import growth, record, table
from benchmarks.contenders import CONTENDERS, OWN
from benchmarks.watch import Watch
from vae import data
from vae.config import RunConfig

NOT_INSTALLED = "not installed"
# All on the processor, and with no code that an earlier process compiled.
ENVIRONMENT = {"CUDA_VISIBLE_DEVICES": "-1", "TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1"}


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """The flags."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.loops",
        description="Times the training loops, each in a process of its own, and prints tables.",
    )
    parser.add_argument("--repeats", type=int, default=5, help="trainings by each contender, each in a new process")
    parser.add_argument("--images", type=int, default=RunConfig().images, help="images to train on, from 64")
    parser.add_argument("--epochs", type=int, default=RunConfig().epochs, help="epochs of each training, from 2")
    parser.add_argument("--only", type=lambda text: text.split(","), help="contenders: " + ", ".join(CONTENDERS))
    parser.add_argument("--growth", action="store_true", help="also time each loop on fewer images")
    parser.add_argument("--write", action="store_true", help="write the figures to loops.json and the README")
    parser.add_argument("--child", choices=CONTENDERS, help="train by this contender in this process, and print JSON")
    options = parser.parse_args(arguments)
    if unknown := set(options.only or ()) - set(CONTENDERS):
        parser.error(f"There is no contender {', '.join(sorted(unknown))}.")
    if options.write and options.only:
        parser.error("--write takes all contenders, not --only some.")
    if options.repeats < 1 or options.epochs < 2 or not 64 <= options.images <= RunConfig().images:
        parser.error("It takes a repeat or more, two epochs or more, and 64 to 60 000 images.")
    return options


def train(name: str, images: int, epochs: int) -> dict:
    """One training in this process.

    Returns:
        `epoch_seconds` of each epoch for all `images`, `loss` of the last one (the mean over its images), and
        `images` it was really trained on; or `error` in a few words.
    """
    contender = CONTENDERS[name]
    if find_spec(contender.library) is None:
        return {"error": NOT_INSTALLED}
    config = RunConfig(images=min(images, contender.most_images)).model_copy(update={"epochs": epochs})
    watch = Watch()
    try:
        contender.train(config, data.load(config.dataset).x_train, watch)
    except Exception as error:  # a row of the table says so; the others go on
        return {"error": f"failed: {type(error).__name__}"}
    scale = images / config.images
    return {
        "epoch_seconds": [round(seconds * scale, 4) for seconds in watch.epoch_seconds],
        "loss": round(watch.loss, 6),
        "images": config.images,
    }


def train_apart(name: str, images: int, epochs: int) -> dict:
    """One training in a process of its own; returns what `train` does."""
    command = [sys.executable, "-m", "benchmarks.loops", "--child", name, f"--images={images}", f"--epochs={epochs}"]
    child = subprocess.run(
        command, env=os.environ | ENVIRONMENT, cwd=record.PROJECT, capture_output=True, text=True, check=False
    )
    if child.returncode:
        return {"error": f"failed: status {child.returncode}"}
    figures = json.loads(child.stdout.splitlines()[-1])
    print(name, images, figures.get("error") or figures["epoch_seconds"][:5], file=sys.stderr, flush=True)
    return figures


def measure(options: argparse.Namespace) -> dict:
    """All figures that the flags ask for."""
    names = [name for name in CONTENDERS if name in (options.only or CONTENDERS)]
    figures: dict[str, list[dict]] = {name: [] for name in names}
    # One training by each, and again, so that a slow minute of the machine meets all alike.
    for _ in range(options.repeats):
        for name in names:
            figures[name].append(train_apart(name, options.images, options.epochs))
    measured = record.about(options.images, options.epochs, options.repeats) | {"figures": figures}
    if options.growth:
        quick = [name for name in names if name in OWN and name != "tape_eager"]
        measured["growth"] = growth.measure(quick, measured, train_apart)
    return measured


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; returns its exit status: 1 if a contender did not train what it should."""
    options = parse(arguments)
    if options.child:
        print(json.dumps(train(options.child, options.images, options.epochs)))
        return 0
    measured = measure(options)
    print(table.page(measured))
    if options.write:
        record.write(measured)
    return 1 if table.wrong(measured) else 0


if __name__ == "__main__":
    sys.exit(main())
