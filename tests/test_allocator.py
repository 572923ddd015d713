"""What a training asks of the C library."""

import ctypes
import subprocess
import sys

import pytest

from vae.allocator import keep_freed_memory

FAULTS = """
import resource
from vae import data, loops, training
from vae.config import RunConfig

def steps(loop):
    task = training.prepare(RunConfig(images=12800, epochs=1), data.load("mnist").x_train, training._Silence())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    loops.get(loop)(task)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

training.warm_up()
print(steps("fit"), steps("tape"))
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="the C library is not glibc")
def test_a_step_does_not_take_its_memory_from_the_system_anew():
    child = subprocess.run([sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True)
    fit, tape = map(int, child.stdout.split())
    # 200 steps each. Left alone, glibc makes some 600 page faults in every one of them.
    assert fit < 20_000 and tape < 20_000


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    keep_freed_memory()
