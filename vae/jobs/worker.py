"""A worker process: imports TensorFlow, warms up if there is time, waits for a run's id on stdin, trains it, leaves.

It is started by `vae.jobs.local` as `python -m vae.jobs.worker`, and leaves at end-of-file, so that no spare outlives
its server. A worker that trains goes on without one.
"""

import select
import signal
import sys
import threading

from vae import logs, quotas
from vae.jobs.processes import offer_to_the_kernel
from vae.runs import disk, open_store

# A training waits longer than a page does for a database that another program has locked, and loses nothing.
PATIENCE_SECONDS = 600.0


def main() -> None:
    """Runs the one training that stdin names."""
    offer_to_the_kernel()
    from vae import data, training

    logs.set_up()
    data.load("mnist")
    if not select.select([sys.stdin], [], [], 0)[0]:
        training.warm_up()
    run_id = sys.stdin.readline().strip()
    if not run_id:
        return
    stopping, leaving = threading.Event(), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: (leaving.set(), stopping.set()))
    limits, record = quotas.read(), open_store(PATIENCE_SECONDS)
    logs.tell("worker trains", run=run_id)
    run = training.train(record, run_id, stopping, leaving=leaving, most_seconds=limits.seconds)
    logs.tell("worker leaves", run=run_id, state=run.state, step=run.step)
    if limits.disk_bytes is not None:
        disk.make_room(record, limits.disk_bytes)


if __name__ == "__main__":
    main()
