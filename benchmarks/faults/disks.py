"""Files that are damaged, and disks that do not take any."""

import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.faults import Outcome
from benchmarks.faults.lab import ENDLESS, Lab, lab, wait
from vae.runs import checkpoints
from vae.runs.run import ENDED

TIMES = 1000
# The tutorial's model with the optimizer's two moments of each weight.
ARRAYS = {"weights": np.random.default_rng(0).random(3 * 109_000, np.float32)}
SHAPES = {"weights": (ARRAYS["weights"].shape, "float32")}
BIG = ENDLESS.model_copy(update={"intermediate_dim": 512})


def truncated() -> Outcome:
    """A checkpoint that ends too early."""
    return _damaged("checkpoint truncated", lambda whole, place, _: whole[:place])


def flipped() -> Outcome:
    """A checkpoint with another bit somewhere."""
    return _damaged(
        "checkpoint with a flipped bit",
        lambda whole, place, bit: whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :],
    )


def _damaged(fault: str, damage: Callable[[bytes, int, int], bytes]) -> Outcome:
    chance, believed, seconds = random.Random(0), 0, []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for step in (10, 20):
            checkpoints.save(folder, step, ARRAYS)
        file = checkpoints.files(folder)[0]
        whole = file.read_bytes()
        for _ in range(TIMES):
            file.write_bytes(damage(whole, chance.randrange(len(whole)), chance.randrange(8)))
            began = time.monotonic()
            found = checkpoints.load(folder, SHAPES, most=20)
            seconds.append(time.monotonic() - began)
            believed += found is None or found[0] != 10
    return Outcome(fault, "at a random place", TIMES, believed, 0, [], seconds, "noticed; the one before is taken")


def disk_full() -> Outcome:
    """A disk that is full while a run trains, and has room again later."""
    if os.geteuid() != 0:
        return Outcome("disk full", "a disk of its own takes root", 0)
    with lab(megabytes=100) as here:
        here.serve()
        filler = here.folder / "filler"

        def fill() -> None:
            with filler.open("wb", buffering=0) as file:
                try:
                    while True:
                        file.write(bytes(4096))
                except OSError:
                    pass

        return _refused(here, "disk full", "a file that takes all room", fill, lambda: filler.unlink())


def read_only() -> Outcome:
    """A run's folder that cannot be written any more, and later can."""
    humble = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
    if humble and not shutil.which("setpriv"):
        return Outcome("read-only folder", "root may write everywhere", 0)
    with lab() as here:
        here.serve(*humble)
        mode = [0o500, 0o700]

        def change(mode: int) -> None:
            here.record.weights_folder(here.record.newest(limit=1)[0].id).chmod(mode)

        return _refused(
            here, "read-only folder", "the run's folder loses its permission", lambda: change(mode[0]),
            lambda: change(mode[1]),
        )  # fmt: skip


def _refused(here: Lab, fault: str, how: str, begin: Callable, end: Callable) -> Outcome:
    run_id = here.submit(BIG)
    here.beyond_checkpoint(run_id)
    begin()
    # A record on the same disk cannot be written until there is room.
    wait(lambda: here.run(run_id).state != "running" or time.time() - (here.run(run_id).heartbeat or 0) > 5)
    whole = all(map(checkpoints.is_whole, checkpoints.files(here.record.weights_folder(run_id))))
    end()
    here.becomes(run_id, *ENDED)
    run = here.run(run_id)
    again = run.step - here.checkpoint(run_id)
    here.record.resume(run_id)
    seconds = here.beyond(run_id, run.step)
    note = f"{run.state}: “{run.error}”"
    return Outcome(fault, how, 1, int(not whole), here.wrong_steps(run_id), [again], [seconds], note)
