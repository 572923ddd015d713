"""The source of the loops, cut into the phases of one training step, so that two can be read side by side."""

import difflib
import inspect
import re
import textwrap
from collections.abc import Callable
from importlib import import_module
from itertools import zip_longest
from operator import attrgetter
from typing import NamedTuple

from vae.loops import LOOPS

# What a line of each phase looks like; a line that looks like none belongs to the phase of the line before it.
PHASES = {
    "set-up": r"def |tf\.function|compile|concrete|tf\.constant|\.fit\(|epochs( =|\()|apart =|steps( =|_per)|shuffle",
    "batch": r"batch_order|batches\(|next\(batches|tf\.data|tf\.gather|unpack_x_y|images|order\[|while |first = |end =",
    "forward": r"GradientTape|model\(x|self\(x",
    "loss": r"= model\.reconstruction_term|sum\(model\.losses\)|_compute_loss|loss=|\.scale_loss",
    "gradient": r"tape\.gradient|trainable_weights(:| =)",
    "update": r"apply_gradients|optimizer,$",
    "report": r"report|tf\.stack|TensorArray|while_loop|values|sizes|compute_metrics|Reporter|_loss_tracker",
}


class Line(NamedTuple):
    """A line of one loop beside a line of another.

    Attributes:
        left: the first loop's line, or None where only the other has one.
        right: the second loop's, or None.
    """

    left: str | None
    right: str | None

    @property
    def differs(self) -> bool:
        """Whether the two sides are not the same."""
        return self.left != self.right


def phases(loop: str) -> dict[str, list[str]]:
    """The source lines of a loop by phase; importing the loop brings TensorFlow."""
    found: dict[str, list[str]] = {phase: [] for phase in PHASES}
    for source in LOOPS[loop].sources:
        module, _, name = source.partition(":")
        phase, comments = "set-up", []
        for line in _code(attrgetter(name)(import_module(module))):
            # A comment belongs to the line that it explains.
            if line.lstrip().startswith("#"):
                comments.append(line)
                continue
            phase = next((key for key, pattern in PHASES.items() if re.search(pattern, line)), phase)
            found[phase] += [*comments, line]
            comments = []
    return found


def _code(function: Callable) -> list[str]:
    """The lines of a function without docstrings and blank lines."""
    source = textwrap.dedent(inspect.getsource(function))
    source = re.sub(r'^ +""".*?"""$', "", source, flags=re.DOTALL | re.MULTILINE)
    return [line for line in source.splitlines() if line.strip()]


def aligned(left: str, right: str) -> dict[str, list[Line]]:
    """Two loops beside each other, phase by phase; equal lines stand in one row."""
    a, b = phases(left), phases(right)
    return {phase: _rows(a[phase], b[phase]) for phase in PHASES}


def _rows(a: list[str], b: list[str]) -> list[Line]:
    rows: list[Line] = []
    for _, start, end, other_start, other_end in difflib.SequenceMatcher(None, a, b, False).get_opcodes():
        rows += [Line(*pair) for pair in zip_longest(a[start:end], b[other_start:other_end])]
    return rows
