"""The faults' table; that the faults are real is seen by running them."""

import re

from benchmarks.faults import Outcome
from benchmarks.faults.__main__ import DOCS, FAULTS, SECTION, table


def test_the_table_holds_losses_and_medians():
    outcomes = [
        Outcome("power cut", "by hand", 3, 0, 2, [5, 1, 9], [1.0, 2.0, 4.0], "a note"),
        Outcome("nothing", "not at all", 1000, seconds=[0.004]),
    ]
    assert table(outcomes).splitlines()[2:] == [
        "| power cut | by hand | 3 | 0 | 2 | 5, at most 9 | 2.0 s, at most 4.0 s | a note |",
        "| nothing | not at all | 1,000 | 0 | 0 | – | 0.004 s |  |",
    ]


def test_the_docs_have_a_row_for_every_fault():
    written = SECTION.search(DOCS.read_text())
    assert written
    rows = re.findall(r"^\| (?!fault|---)", written[0], re.MULTILINE)
    assert len(rows) == len(FAULTS)
