"""Readers for tests/test_confined.py, which a child process runs: good ones and bad ones."""

import os
import time

import numpy as np

from vae.confined import Refused


def echo(payload, *args):
    return {
        "bytes": np.frombuffer(payload, np.uint8),
        "table": np.arange(6, dtype=np.float32).reshape(2, 3).T,
        "none": np.zeros((0, 4), bool),
        "args": list(args),
    }


def refuse(payload):
    raise Refused(f"{len(payload)} bytes are not what is wanted here.")


def environment(payload):
    return {"names": sorted(os.environ), "folder": os.getcwd()}


def chatter(payload):
    print("Reading…")
    os.write(1, b"still reading")
    return {"read": len(payload)}


def hog(payload):
    return {"x": np.ones(2**31, np.uint8)}


def spin(payload):
    while True:
        pass


def sleep(payload):
    time.sleep(60)


def crash(payload):
    os.abort()


def fail(payload):
    raise KeyError("a mistake in a reader")


def flood(payload):
    return {"x": np.ones(2**23, np.uint8)}


def forge(payload):
    """Writes `payload` itself as the answer, like a child that a file has taken over."""
    os.lseek(0, 0, os.SEEK_SET)
    answer = next(fd for fd in range(3, 32) if _is_open(fd))
    os.write(answer, payload)
    os._exit(0)


def pickled(payload):
    return {"x": np.array([{}], object)}


def _is_open(fd):
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True
