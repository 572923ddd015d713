"""Processes that are ended from one moment to the next, and servers that come twice."""

import random
import time

import numpy as np

from benchmarks.faults import Outcome
from benchmarks.faults.lab import ENDLESS, kill, lab, wait
from vae.config import RunConfig

TIMES = 10
EXACT = RunConfig(epochs=500, kl_reduction="sum", compiler="xla")


def worker_killed() -> Outcome:
    """SIGKILL of the worker at random moments; each time the run is resumed as by a click."""
    chance, again, seconds = random.Random(0), [], []
    with lab() as here:
        here.serve()
        run_id = here.submit(EXACT, "tape_scan")
        for _ in range(TIMES):
            here.beyond_checkpoint(run_id)
            time.sleep(chance.uniform(0, 3))
            kill(here.run(run_id).pid)
            here.becomes(run_id, "lost")
            step, kept = here.run(run_id).step, here.checkpoint(run_id)
            again.append(step - kept)
            here.record.resume(run_id)
            seconds.append(here.beyond(run_id, step))
        here.pause(run_id)
        broken = here.record.metrics(run_id)
        unbroken = here.submit(EXACT, "tape_scan")
        wait(lambda: here.run(unbroken).step >= len(broken.step))
        whole = here.record.metrics(unbroken)
        same = np.array_equal(whole.loss[: len(broken.step)], broken.loss)
        note = f"`tape_scan` by XLA; its {len(broken.step):,} losses are {'' if same else 'not '}an unbroken run's"
        how, lost = "SIGKILL at random moments", here.wrong_steps(run_id)
        return Outcome("worker killed", how, TIMES, int(not same), lost, again, seconds, note)


def server_killed() -> Outcome:
    """SIGKILL of the server while a run trains; another one is started."""
    seconds, lost = [], 0
    with lab() as here:
        server, run_id = here.serve(), here.submit()
        for _ in range(TIMES):
            here.beyond(run_id, here.checkpoint(run_id))
            before = here.run(run_id)
            server.kill()
            server.wait()
            server = here.serve()
            seconds.append(here.dispatches())
            here.beyond(run_id, here.run(run_id).step)
            lost += here.run(run_id).pid != before.pid
        note = "the worker goes on meanwhile; the time is until the new server hands out runs"
        wrong = here.wrong_steps(run_id)
        return Outcome("server killed", "SIGKILL, new server", TIMES, lost, wrong, [0], seconds, note)


def both_killed() -> Outcome:
    """SIGKILL of server and worker at once; the next server takes the run up by itself."""
    again, seconds, lost = [], [], 0
    with lab() as here:
        for _ in range(2):
            server, run_id = here.serve(), here.submit()
            here.beyond_checkpoint(run_id)
            server.kill()
            kill(here.run(run_id).pid)
            server.wait()
            step = here.run(run_id).step
            again.append(step - here.checkpoint(run_id))
            server = here.serve()
            seconds.append(here.beyond(run_id, step))
            lost += here.wrong_steps(run_id)
            here.pause(run_id)
            server.kill()
            server.wait()
        note = "the new server resumes it by itself; the time includes starting TensorFlow"
        return Outcome("server and worker killed", "SIGKILL, new server", 2, 0, lost, again, seconds, note)


def two_servers() -> Outcome:
    """Two servers on one folder; the one that dispatches is killed."""
    with lab() as here:
        first = here.serve()
        wait(here.workers)
        second, ids = here.serve(), [here.submit(), here.submit(ENDLESS.model_copy(update={"epochs": 1}))]
        here.beyond(ids[0], 0)
        most = max(len(here.workers()) for _ in range(20))
        first.kill()
        first.wait()
        here.record.ask_stop(ids[0], pause=True)
        seconds = here.becomes(ids[1], "finished")
        lost = int(second.poll() is not None or most > 1)
        wrong = sum(map(here.wrong_steps, ids))
        note = f"workers at once: {most}; the time is that of the second server to train the run that waited"
        return Outcome("two servers", "on one folder, the first killed", 1, lost, wrong, [0], [seconds], note)
