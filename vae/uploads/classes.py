"""Labels as they come, as the numbers of at most ten classes with names."""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.uploads.limits import MAX_CLASSES

MAX_NAME = 24
UNLABELLED = ("image",)


def classes(raw: NDArray[Any] | None) -> tuple[NDArray[np.uint8] | None, tuple[str, ...], str]:
    """The classes of labels.

    Args:
        raw: text or numbers [n], or None.

    Returns:
        the number of each one's class, uint8 [n], or None; the names of the classes; both in words.
    """
    if raw is None:
        return None, UNLABELLED, "no labels"
    if raw.dtype.kind == "f" and not (np.isfinite(raw).all() and (raw == np.rint(raw)).all()):
        return None, UNLABELLED, "no labels, since what could be some are no whole numbers"
    texts = [f"{value:.0f}" for value in raw.astype(np.float64)] if raw.dtype.kind != "U" else [_clean(t) for t in raw]
    names = sorted(set(texts), key=_in_order)
    if len(names) > MAX_CLASSES:
        return None, UNLABELLED, f"no labels, since {len(names):,} different ones are more than {MAX_CLASSES}"
    if len(names) == 1:
        return None, UNLABELLED, "no labels, since all are the same"
    numbers = {name: number for number, name in enumerate(names)}
    labels = np.array([numbers[text] for text in texts], np.uint8)
    return labels, tuple(names), f"{len(names)} classes: {', '.join(names)}"


def _clean(text: str) -> str:
    """A name that means nothing to Markdown, HTML, a spreadsheet or a path: words and numbers, or a number."""
    if number := re.fullmatch(r"(-?\d{1,9})(\.0*)?", text.strip()):
        return number[1]  # 7 and 7.0 are one
    words = re.findall(r"[^\W_]+", text[:MAX_NAME])
    return " ".join(words) or "unnamed"


def _in_order(name: str) -> tuple[float, str]:
    return (int(name), "") if name.isdecimal() else (np.inf, name)
