"""Following a run as it grows, reading each step once."""

import threading

import numpy as np

from vae.runs import Metrics, Store


class Follower:
    """The metrics of one run so far; safe to share between everybody who watches it."""

    def __init__(self, record: Store, run_id: str):
        """Args: record: where the run is; run_id: its id."""
        self.record, self.run_id = record, run_id
        self.lock = threading.Lock()
        self.metrics = record.metrics(run_id)

    def read(self) -> Metrics:
        """All steps that are recorded by now; only the new ones are read."""
        with self.lock:
            last = int(self.metrics.step[-1]) if len(self.metrics.step) else -1
            new = self.record.metrics(self.run_id, after=last)
            if len(new.step):
                self.metrics = Metrics._make(map(np.concatenate, zip(self.metrics, new, strict=True)))
            return self.metrics
