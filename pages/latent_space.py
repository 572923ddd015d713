"""Placeholder."""

from pages.parts import frame

frame.page("pages/latent_space.py", "")
