"""A worker process: imports TensorFlow, warms up if there is time, waits for a run's id on stdin, trains it, leaves.

It is started by `vae.jobs.local` as `python -m vae.jobs.worker`, and leaves at end-of-file, so that no spare outlives
its server. A worker that trains goes on without one.
"""

import select
import signal
import sys
import threading

from vae.jobs.processes import offer_to_the_kernel
from vae.runs import open_store


def main() -> None:
    """Runs the one training that stdin names."""
    offer_to_the_kernel()
    from vae import data, training

    data.load("mnist")
    if not select.select([sys.stdin], [], [], 0)[0]:
        training.warm_up()
    run_id = sys.stdin.readline().strip()
    if not run_id:
        return
    stopping, leaving = threading.Event(), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: (leaving.set(), stopping.set()))
    training.train(open_store(), run_id, stopping, leaving=leaving)


if __name__ == "__main__":
    main()
