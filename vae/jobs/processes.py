"""Which process is which: a process id alone comes again, and the clock is no witness."""

import contextlib
import signal
from functools import lru_cache
from pathlib import Path

import psutil

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
# More than any computer is up, in seconds; 65,536 times as much is still exact to a hundredth in a float.
LONGEST = 1e9
TOLERANCE_SECONDS = 2


def born(process: psutil.Process) -> float:
    """A number that tells a process from all others that ever had its id, and that setting the clock does not change.

    On Linux, where a process's time of creation moves with the clock, it is the seconds from the start of the computer,
    plus a number for that start; elsewhere the time of creation, which stays.
    """
    if not psutil.LINUX:
        return process.create_time()
    return process.create_time() - psutil.boot_time() + _boot() * LONGEST


def live_process(pid: int | None, when: float | None) -> psutil.Process | None:
    """The process with this id, if it lives and is the one that was `born` then."""
    if pid is None or when is None:
        return None
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        if abs(born(process) - when) < TOLERANCE_SECONDS and process.status() != psutil.STATUS_ZOMBIE:
            return process
    return None


def kill(process: psutil.Process) -> None:
    """Ends a process at once."""
    with contextlib.suppress(psutil.Error):
        process.send_signal(signal.SIGKILL)
        process.wait(5)


def offer_to_the_kernel() -> None:
    """Makes this process the first that Linux ends when memory runs out, so that the server lives."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


@lru_cache(maxsize=1)
def _boot() -> int:
    try:
        return int(BOOT_ID.read_text()[:4], 16)
    except (OSError, ValueError):
        return 0
