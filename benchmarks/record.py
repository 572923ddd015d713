"""What a run of the benchmark leaves behind: its figures in a file, and the tables in the README."""

import json
import os
import platform
import re
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks import table

PROJECT = Path(__file__).parents[1]
FIGURES = Path(__file__).with_name("loops.json")
README = PROJECT / "README.md"
SECTION = re.compile("(?<=<!-- speed -->\n).*(?=\n<!-- /speed -->)", re.DOTALL)


def about(images: int, epochs: int, repeats: int) -> dict:
    """What was measured, when, and on what."""
    return {
        "date": date.today().isoformat(),
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "versions": {
                "Python": platform.python_version(),
                "TensorFlow": _version("tensorflow"),
                "JAX": _version("jax"),
                "PyTorch": _version("torch"),
            },
        },
        "images": images,
        "epochs": epochs,
        "repeats": repeats,
    }


def write(measured: dict) -> None:
    """Writes the figures into `loops.json`, and their tables into the README."""
    FIGURES.write_text(json.dumps(measured, indent=1) + "\n")
    text = README.read_text()
    README.write_text(SECTION.sub(lambda _: table.page(measured), text))


def _processor() -> str:
    """The processor's model, as Linux tells it, or else as Python does."""
    cpuinfo = Path("/proc/cpuinfo")
    models = re.findall(r"^model name\s*: (.*)$", cpuinfo.read_text() if cpuinfo.exists() else "", re.MULTILINE)
    return models[0] if models else platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
