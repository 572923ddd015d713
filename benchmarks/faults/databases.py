"""A database that another program locks, and one that the disk has damaged."""

import random
import subprocess
import time
from pathlib import Path

from benchmarks.faults import Outcome
from benchmarks.faults.lab import ENDLESS, Lab, kill, lab
from tests.runs.locks import Locked
from vae.runs import RunNotFoundError, Store, StoreError
from vae.runs.repair import repair

LOCKS, LOCK_SECONDS = 3, 20.0
# What is damaged: where it begins, as a share of the file, and how many bytes.
DAMAGES = {
    "the file's mark": (0.0, 16),
    "the first page": (0.0, 4096),
    "8 kB in the middle": (0.5, 8192),
    "all of it": (0.0, 1 << 30),
}
STEPS = 3000


def database_locked() -> Outcome:
    """Another program keeps the database for itself, longer than anybody waits for it at once."""
    said, seconds, lost = "", [], 0
    with lab() as here:
        server, run_id = here.serve(), here.submit()
        for _ in range(LOCKS):
            here.beyond_checkpoint(run_id)
            before = here.run(run_id)
            with Locked(here.file, "NORMAL"):
                began = time.monotonic()
                said = _sentence(here)
                time.sleep(max(0.0, LOCK_SECONDS - time.monotonic() + began))
                step = here.run(run_id).step
            seconds.append(here.beyond(run_id, step))
            lost += here.run(run_id).pid != before.pid or server.poll() is not None
        how = f"an exclusive lock for {LOCK_SECONDS:.0f} s"
        note = f"the training waits and goes on; who changes something meanwhile reads “{said}”"
        return Outcome("database locked", how, LOCKS, lost, here.wrong_steps(run_id), [0], seconds, note)


def database_damaged() -> Outcome:
    """Noise in the database's file while server and worker are gone, then `runs repair` and a new server."""
    said, told, again, seconds, lost, wrong = "", [], [], [], 0, 0
    for name, (start, length) in DAMAGES.items():
        with lab() as here:
            server, run_id = here.serve(), here.submit()
            here.beyond(run_id, STEPS)
            here.beyond_checkpoint(run_id)
            step = _end(here, server, run_id)
            here.record.engine.dispose()
            _damage(here.file, start, length)
            said = said or _sentence(here)
            began = time.monotonic()
            repair(here.folder, f"sqlite:///{here.file}")
            here.record = Store(here.folder, f"sqlite:///{here.file}")
            try:
                begins = max((at for at in here.checkpoints(run_id) if at <= here.run(run_id).step), default=0)
            except RunNotFoundError:
                lost += 1
                continue
            missing = step - len(here.record.metrics(run_id).step)
            here.serve()
            here.beyond(run_id, step)
            seconds.append(time.monotonic() - began)
            wrong += here.wrong_steps(run_id)
            again.append(step - begins)
            told.append(f"{name}: {missing:,} of {step:,}")
    how = f"noise in {', '.join(DAMAGES)}; `runs repair`, new server"
    note = f"“{said}” Steps that `runs repair` could not read: {'; '.join(told)}"
    return Outcome("database damaged", how, len(DAMAGES), lost, wrong, again, seconds, note)


def _sentence(here: Lab) -> str:
    """What somebody reads who wants to change something now."""
    try:
        Store(here.folder, f"sqlite:///{here.file}", patience=0.2).create(ENDLESS, "tape")
    except StoreError as error:
        return str(error)
    return "nothing"


def _end(here: Lab, server: subprocess.Popen, run_id: str) -> int:
    """Kills the server and the worker; returns the steps that were recorded."""
    server.kill()
    server.wait()
    kill(here.run(run_id).pid)
    time.sleep(1)
    return here.run(run_id).step


def _damage(file: Path, start: float, length: int) -> None:
    with file.open("r+b") as opened:
        size = file.stat().st_size
        opened.seek(int(size * start))
        opened.write(random.Random(0).randbytes(min(length, size)))
