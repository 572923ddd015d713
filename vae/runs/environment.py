"""What a run was computed on, kept beside its results."""

import os
import platform
import re
import subprocess
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from vae import __version__


@lru_cache(maxsize=1)
def describe() -> dict[str, str]:
    """Versions, processor and commit, by name."""
    return {
        "vae lab": __version__,
        "commit": commit(),
        "python": platform.python_version(),
        **{package: _version(package) for package in ("tensorflow", "keras", "numpy")},
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu(),
        "cores": str(os.cpu_count()),
    }


@lru_cache(maxsize=1)
def commit() -> str:
    """The short commit of the checkout, or the one in `VAE_LAB_COMMIT` where there is none; else empty."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short=12", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=5, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        named = re.fullmatch("[0-9a-f]{7,64}", os.environ.get("VAE_LAB_COMMIT", ""))
        return named[0][:12] if named else ""


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"
