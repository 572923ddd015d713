"""Which process is which, whatever the clock says."""

import os
import subprocess
import sys

import psutil
import pytest

from vae.jobs.processes import LONGEST, born, live_process


@pytest.mark.parametrize("shift", [-86400, -3600, 3600, 86400])
@pytest.mark.skipif(not psutil.LINUX, reason="elsewhere a time of creation does not move with the clock")
def test_a_living_process_is_known_after_the_clock_was_set(monkeypatch, shift):
    when, before, system = born(psutil.Process()), psutil.Process().create_time(), psutil._psplatform  # pyright: ignore
    boot = psutil.boot_time()
    # How Linux tells it after the clock was set: psutil adds it to make a time of creation.
    monkeypatch.setattr(system, "boot_time", lambda: boot + shift)
    assert psutil.Process().create_time() - before == pytest.approx(shift)
    assert live_process(os.getpid(), when) is not None


def test_another_process_with_the_same_id_is_not_it():
    assert live_process(os.getpid(), born(psutil.Process()) - 10) is None


def test_a_process_of_another_start_of_the_computer_is_not_it():
    assert live_process(os.getpid(), born(psutil.Process()) + LONGEST) is None


def test_nobody_is_nobody():
    assert live_process(None, None) is None and live_process(os.getpid(), None) is None


@pytest.mark.skipif(not psutil.LINUX, reason="Linux's own way of ending processes")
def test_a_worker_is_the_first_that_the_kernel_ends():
    code = "from vae.jobs.processes import *; offer_to_the_kernel(); print(open('/proc/self/oom_score_adj').read())"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "1000"
