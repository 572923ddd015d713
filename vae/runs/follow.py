"""Following a run as it grows, reading each step once."""

import threading

import numpy as np

from vae.runs import Metrics, Store, copies


class Follower:
    """The metrics of one run so far; safe to share between everybody who watches it."""

    def __init__(self, record: Store, run_id: str):
        """Args: record: where the run is; run_id: its id."""
        self.record, self.run_id = record, run_id
        self.lock = threading.Lock()
        self.metrics = copies.finished_metrics(record, run_id) or record.metrics(run_id)

    def read(self) -> Metrics:
        """All steps that are recorded by now; only the new ones are read, unless the run was taken up further back."""
        with self.lock:
            known = len(self.metrics.step)
            # The last known step once more: if it is not the same any more, it was trained again.
            new = self.record.metrics(self.run_id, after=int(self.metrics.step[-1]) - 1 if known else -1)
            if known and not (len(new.step) and all(a[-1] == b[0] for a, b in zip(self.metrics, new, strict=True))):
                self.metrics = self.record.metrics(self.run_id)
            elif len(new.step) > bool(known):
                new = Metrics._make(column[bool(known) :] for column in new)
                self.metrics = Metrics._make(map(np.concatenate, zip(self.metrics, new, strict=True)))
            return self.metrics
