"""Images in a CSV file: a row of pixels each, with a column of labels or without."""

import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.confined import Refused
from vae.uploads.pixels import Found, check_count, check_side, from_array

DELIMITERS = (",", ";", "\t")
LABELS = ("label", "labels", "class", "y", "target")


def read_csv(payload: bytes) -> Found:
    """The images of a CSV file, separated by commas, semicolons or tabs.

    A column called label holds the labels; without such a name the first one does, if the others make a square.

    Raises:
        Refused: it is no table of numbers in which every row is a square of pixels.
    """
    lines = _lines(payload)
    delimiter = max(DELIMITERS, key=lines[0].count)
    first = [field.strip().strip('"').strip().lower() for field in lines[0].split(delimiter)]
    columns = len(first)
    header = _is_header(first)
    if header:
        del lines[0]
    check_count(len(lines))
    for number, line in enumerate(lines, 1 + header):
        if line.count(delimiter) != columns - 1:
            raise Refused(f"Row {number:,} has {line.count(delimiter) + 1:,} columns, and the first has {columns:,}.")
    label = next((place for place, name in enumerate(first) if header and name in LABELS), None)
    if label is None and math.isqrt(columns) ** 2 != columns:
        label = 0
    side = math.isqrt(columns - (label is not None))
    if side * side != columns - (label is not None):
        raise Refused(f"A row has {columns:,} columns, which is no square of pixels, with a label or without one.")
    check_side(side, side)
    pixels = [column for column in range(columns) if column != label]
    x = _numbers(lines, delimiter, pixels, 1 + header).reshape(-1, side, side)
    labels = None if label is None else _labels(lines, delimiter, label)
    return Found(*from_array(x), labels)


def _lines(payload: bytes) -> list[str]:
    try:
        text = payload.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise Refused("This is none of the formats that are read: .npz, .npy, .csv, or .zip with PNG or JPEG in it.")
    lines = [line for line in re.split(r"\r\n|\n|\r", text) if line.strip()]
    if not lines:
        raise Refused("The file is empty.")
    return lines


def _is_header(fields: list[str]) -> bool:
    """Whether the first row names columns; a text in its first place alone may be a label."""
    names = [field for field in fields if field not in LABELS]
    counted = names == [str(number) for number in range(len(names))]  # as pandas calls columns without names
    return len(names) < len(fields) or counted or not all(map(_is_number, fields[1:]))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _numbers(lines: list[str], delimiter: str, columns: list[int], first: int) -> NDArray[np.float32]:
    try:
        return np.loadtxt(
            lines, np.float32, comments=None, delimiter=delimiter, usecols=columns, quotechar='"', ndmin=2
        )
    except ValueError as error:
        place = re.search(r"at row (\d+), column (\d+)", str(error))
        where = f"Row {int(place[1]) + first:,}, column {int(place[2]):,}" if place else "A field"
        raise Refused(f"{where} holds something that is not a number.") from None


def _labels(lines: list[str], delimiter: str, column: int) -> NDArray[Any]:
    fields = [line.split(delimiter, column + 1)[column].strip().strip('"').strip() for line in lines]
    return np.array([field[:100] for field in fields])
