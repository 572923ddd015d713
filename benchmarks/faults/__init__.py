"""What a run survives: each fault is injected into real processes on a record of its own, and what is lost is counted.

`python -m benchmarks.faults` injects them all. A further fault is one more function that returns an `Outcome`, and its
name in `benchmarks.faults.__main__.FAULTS`.
"""

from collections.abc import Sequence
from typing import NamedTuple


class Outcome(NamedTuple):
    """What came of one kind of fault.

    Attributes:
        fault: what happened.
        how: in which way it was made to happen.
        times: how often.
        lost_runs: runs that could not go on, or damage that was not noticed.
        lost_steps: recorded steps that were missing, or there twice, after all had gone on.
        again: of each time, the recorded steps that were trained again, from the checkpoint on.
        seconds: of each time, from the fault, or from what puts it right, to the first step beyond it.
        note: what else is to be said.
    """

    fault: str
    how: str
    times: int
    lost_runs: int = 0
    lost_steps: int = 0
    again: Sequence[int] = ()
    seconds: Sequence[float] = ()
    note: str = ""
