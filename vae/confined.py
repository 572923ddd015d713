"""Reading what strangers send in a child process, with limits on its memory, time and output.

A reader is a function of ours, `function(payload: bytes, *args) -> {name: array or JSON value}`, that raises `Refused`
with a sentence for what it does not take. `confined` runs it as `python -m vae.confined`: whatever a file does to a
parser, it does it to a process that has no secrets in its environment and that ends by itself. What comes back is one
line of JSON and the raw bytes of arrays, so that the server parses nothing that it does not know the size of.

It is a fence, not a sandbox: the child is the same user on the same machine. macOS does not enforce the limit on memory
(it takes RLIMIT_AS without effect); there the readers' own limits and the time have to do.
"""

import contextlib
import importlib
import json
import logging
import math
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

logger = logging.getLogger(__name__)

PROJECT = Path(__file__).parents[1]
# What a Python needs to start; nothing else of the server's environment reaches the child.
PASSED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
# So many strangers' files are read at the same time; more wait.
AT_ONCE = 2
MAX_HEADER = 2**20
OUT_OF_MEMORY = 3
TOO_LONG = "Reading this file took too long, so it was stopped."
TOO_MUCH = "Reading this file needs too much memory, so it was stopped."
BROKEN = "This file could not be read: it is damaged, or not what it seems to be."
BUSY = "Other files are being read just now; try again in a moment."

_turns = threading.BoundedSemaphore(AT_ONCE)


class Refused(ValueError):  # noqa: N818  it is an answer, not a fault
    """Something from outside that is not taken; the message is one sentence."""


class Broken(Refused):
    """A reader that ended without an answer: out of memory, out of time, or crashed."""


class Limits(NamedTuple):
    """What a child may use.

    Attributes:
        memory: bytes of address space, Python and its libraries included (some 300 MB).
        seconds: of processor time; of wall time it may take three times as much.
        output: bytes of all arrays together.
    """

    memory: int = 2**30
    seconds: int = 20
    output: int = 2**28


USUAL = Limits()


def confined(target: str, payload: bytes, *args: Any, limits: Limits = USUAL) -> dict[str, Any]:
    """What the reader `target` makes of `payload` in a child process.

    Args:
        target: "module:function"; the module should import little, since a child starts for each call.
        payload: what a stranger sent.
        args: further arguments of the reader, JSON values.
        limits: what the child may use.

    Returns:
        the reader's dict: arrays of numbers or bools (read-only) and JSON values.

    Raises:
        Refused: with the reader's sentence; a `Broken` one if it gave no answer.
    """
    if not _turns.acquire(timeout=limits.seconds):
        raise Broken(BUSY)
    try:
        # Files without names: they vanish with the last process that holds them.
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as answer:
            given.write(payload)
            given.seek(0)
            status = _run([target, json.dumps(limits), json.dumps(args)], given, answer, 3 * limits.seconds)
            if status != 0:
                logger.warning("A child that read a file with %s ended with status %d.", target, status)
                raise Broken(_why(status))
            return _answer(answer, limits)
    except OSError as error:
        raise Broken(f"There is no room to read a file in just now: {error.strerror}.") from None
    finally:
        _turns.release()


def _run(arguments: list[str], given: IO[bytes], answer: IO[bytes], seconds: float) -> int:
    """The exit status of the child, negative for a signal."""
    process = subprocess.Popen(
        [sys.executable, "-m", "vae.confined", *arguments],
        cwd=PROJECT,
        env={**{name: os.environ[name] for name in PASSED_ON if name in os.environ}, "OPENBLAS_NUM_THREADS": "1"},
        stdin=given,
        stdout=answer,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return -signal.SIGALRM
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _why(status: int) -> str:
    if status in (-signal.SIGXCPU, -signal.SIGALRM):
        return TOO_LONG
    # The kernel's own choice when the whole machine is out of memory is SIGKILL.
    return TOO_MUCH if status in (OUT_OF_MEMORY, -signal.SIGKILL) else BROKEN


def _answer(file: IO[bytes], limits: Limits) -> dict[str, Any]:
    """What a child wrote, checked as if a stranger had written it."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    try:
        header = json.loads(file.readline(MAX_HEADER))
        if "refused" in header:
            raise Refused(str(header["refused"])[:1000])
        result = dict(header["values"])
        arrays = {str(name): (np.dtype(kind), tuple(map(int, shape))) for name, kind, shape in header["arrays"]}
        if any(kind.kind not in "biuf" or min(shape, default=1) < 0 for kind, shape in arrays.values()):
            raise ValueError
        if sum(_bytes(*array) for array in arrays.values()) != size - file.tell() or size > limits.output + MAX_HEADER:
            raise ValueError
        for name, (kind, shape) in arrays.items():
            result[name] = np.frombuffer(file.read(_bytes(kind, shape)), kind).reshape(shape)
    except Refused:
        raise
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Broken(BROKEN) from None
    return result


def _bytes(kind: np.dtype, shape: tuple[int, ...]) -> int:
    return kind.itemsize * math.prod(shape)


def main() -> None:
    """The child: limits itself, reads stdin, calls the reader, writes its answer to what was stdout."""
    target, limits, args = sys.argv[1], Limits(*json.loads(sys.argv[2])), json.loads(sys.argv[3])
    _limit(limits)
    # Whatever a library prints does not get into the answer.
    with os.fdopen(os.dup(1), "wb") as answer:
        os.dup2(2, 1)
        try:
            for part in _encoded(_reader(target), sys.stdin.buffer.read(), args):
                answer.write(part)
        except MemoryError:
            os._exit(OUT_OF_MEMORY)


def _limit(limits: Limits) -> None:
    signal.alarm(3 * limits.seconds)  # also when the server that waits is gone
    os.nice(10)  # a training goes first
    for what, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_FSIZE, limits.output + MAX_HEADER),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # a system without this limit, or with a lower one
            # Of time a second more as the hard limit, which kills without saying why.
            resource.setrlimit(what, (most, most + (what == resource.RLIMIT_CPU)))


def _reader(target: str) -> Callable[..., Mapping[str, Any]]:
    module, _, function = target.partition(":")
    return getattr(importlib.import_module(module), function)


def _encoded(reader: Callable[..., Mapping[str, Any]], payload: bytes, args: list[Any]) -> Iterator[bytes | memoryview]:
    try:
        result = reader(payload, *args)
    except Refused as refusal:
        yield json.dumps({"refused": str(refusal)}).encode() + b"\n"
        return
    arrays = {name: np.ascontiguousarray(value) for name, value in result.items() if isinstance(value, np.ndarray)}
    values = {name: value for name, value in result.items() if name not in arrays}
    described = [(name, array.dtype.str, array.shape) for name, array in arrays.items()]
    yield json.dumps({"values": values, "arrays": described}).encode() + b"\n"
    for array in arrays.values():
        yield array.reshape(-1).view(np.uint8).data


if __name__ == "__main__":
    # Not this module, which is called `__main__`: the readers raise the `Refused` of the one that they import.
    importlib.import_module("vae.confined").main()
