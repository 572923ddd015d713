"""The README is true: what it documents exists, and what exists is documented."""

import re

import pytest

from tests.conftest import PROJECT
from vae import cli, cli_runs
from vae.loops import LOOPS
from vae.report import settings_table

README = (PROJECT / "README.md").read_text()


def test_the_table_of_settings_is_made_from_the_config():
    table = re.search("<!-- settings -->\n(.*)\n<!-- /settings -->", README, re.DOTALL)[1]
    assert table == settings_table(), "Paste what `python -m vae settings` prints."


def test_every_command_of_the_terminal_is_documented():
    commands = {command.name or command.callback.__name__ for command in cli.app.registered_commands}
    documented = set(re.findall(r"^    python -m vae (\w+)", README, re.MULTILINE))
    assert commands | {"runs"} == documented


def test_every_command_on_runs_is_documented():
    line = re.search(r"python -m vae runs \[(.*)\]", README)[1]
    assert {command.name for command in cli_runs.app.registered_commands} == set(re.findall(r"\b[a-z]+\b", line))


@pytest.mark.parametrize("loop", LOOPS)
def test_every_loop_is_documented(loop):
    assert f"`{loop}`" in README


@pytest.mark.parametrize("link", re.findall(r"\]\((?!http)([^)]+)\)", README))
def test_every_file_that_the_readme_links_to_exists(link):
    assert (PROJECT / link).exists()


def test_every_variable_that_the_program_reads_is_documented():
    files = [*PROJECT.glob("vae/**/*.py"), *PROJECT.glob("scripts/*")]
    read = {name for file in files for name in re.findall(r"VAE_LAB_[A-Z_]+|CHROMIUM_PATH", file.read_text())}
    assert read == set(re.findall(r"^\| `([A-Z_]+)` \|", README, re.MULTILINE))


def test_the_changelog_is_dated():
    assert re.search(r"^### \d{4}-\d{2}-\d{2}$", (PROJECT / "CHANGELOG.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize(
    "test", sorted(set(re.findall(r"`(tests/\S+?::\w+)`", (PROJECT / "docs/security.md").read_text())))
)
def test_every_test_that_the_threat_model_names_exists(test):
    file, _, name = test.partition("::")
    assert f"def {name}(" in (PROJECT / file).read_text()
