"""Code in sections, each with a sentence that explains it, and the templates that they are made from."""

import textwrap
from string import Template
from typing import NamedTuple

WIDTH = 88


class Section(NamedTuple):
    """A piece of a script, or a cell of a notebook.

    Attributes:
        title: what it is, in a few words.
        text: a sentence or two that explain it.
        code: its Python code.
    """

    title: str
    text: str
    code: str

    def as_script(self) -> str:
        """The code below its explanation as a comment."""
        words = f"{self.title}. {self.text}"
        return textwrap.fill(words, WIDTH, initial_indent="# ", subsequent_indent="# ") + "\n" + self.code


def fill(template: str, **parts: str) -> str:
    """The template with its `$name` replaced.

    A name that stands alone on its line takes several lines, indented as it is, or none: then its line goes.
    """
    lines = []
    for line in template.strip("\n").splitlines():
        name = line.strip().removeprefix("$")
        if line.strip().startswith("$") and name in parts:
            block = textwrap.dedent(parts[name]).strip("\n")
            lines += textwrap.indent(block, line[: len(line) - len(line.lstrip())]).splitlines()
        else:
            lines.append(Template(line).substitute(parts))
    return "\n".join(lines)
