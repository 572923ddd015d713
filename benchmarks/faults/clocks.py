"""A clock that is set, and a training that stops giving numbers."""

from benchmarks.faults import Outcome
from benchmarks.faults.lab import lab
from vae.config import RunConfig
from vae.runs.run import ENDED

SHIFTS = (-86_400.0, -3600.0, 3600.0, 86_400.0)
DIVERGES = RunConfig(images=6400, epochs=20, learning_rate=1.0, likelihood="gaussian", sigma=0.001, kl_reduction="sum")


def clock_set() -> Outcome:
    """The clock that a server sees steps while a worker trains."""
    lost, seconds, waiting = 0, [], []
    with lab() as here:
        server, run_id = here.serve(), here.submit()
        here.beyond(run_id, 0)
        for shift in SHIFTS:
            before = here.run(run_id)
            server.kill()
            server.wait()
            server = here.serve(shift=shift)
            waiting.append(here.submit())
            seconds.append(here.dispatches())
            here.beyond(run_id, here.run(run_id).step)
            lost += here.run(run_id).pid != before.pid or here.run(waiting[-1]).state != "queued"
        here.pause(run_id)
        here.beyond(waiting[0], 0)  # the server with the wrong clock trains, and the oldest first
        how = "a server whose clock is an hour or a day off, back or ahead"
        note = "the living worker is recognised; the time is until the server hands out runs"
        return Outcome("clock set", how, len(SHIFTS), lost, here.wrong_steps(run_id), [0], seconds, note)


def no_numbers() -> Outcome:
    """A learning rate with which the weights run away."""
    with lab() as here:
        here.serve()
        run_id = here.submit(DIVERGES)
        here.becomes(run_id, *ENDED)
        run = here.run(run_id)
        lost = int(run.state != "failed")
        return Outcome("NaN", "learning rate 1", 1, lost, here.wrong_steps(run_id), [], [], f"“{run.error}”")
