"""HTML and JSON from text that strangers wrote: everything is escaped unless it was made here."""

import html
import json
from typing import Any

VOID = ("img", "meta")


class Html(str):
    """Text that is HTML already."""


def element(tag: str, *children: str, **attributes: str) -> Html:
    """An element.

    Args:
        tag: its name.
        children: `Html` is taken as it is, all other text escaped.
        attributes: escaped; an underline in a name stands for a hyphen, and one at its end is left out.
    """
    named = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{html.escape(value)}"' for name, value in attributes.items()
    )
    return Html(f"<{tag}{named}>") if tag in VOID else Html(f"<{tag}{named}>{joined(*children)}</{tag}>")


def joined(*children: str) -> Html:
    """Children one after the other, escaped as `element` does."""
    return Html("".join(child if isinstance(child, Html) else html.escape(child) for child in children))


def script_json(value: Any) -> Html:
    """JSON that nothing within a script element can end: `<`, `>` and `&` are written as escapes."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return Html(text.translate({ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"}))
