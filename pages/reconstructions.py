"""Placeholder."""

from pages.parts import frame

frame.page("pages/reconstructions.py", "")
