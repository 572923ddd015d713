"""What a page says about training the same leads to the same settings."""

import shlex
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from vae.config import RunConfig
from vae.presets import PRESETS
from vae.settings import parse_config
from vae.snapshot.rerun import MOST_COMMANDS, address, commands

OWN = RunConfig(more_layers="32-16", learning_rate=2e-4, images=640, seed=3)


def settings_of(command):
    """The config that a command of the terminal would train."""
    words = shlex.split(command)
    values = [words[n + 1].partition("=")[::2] for n, word in enumerate(words) if word == "--set"]
    preset = PRESETS[words[words.index("--preset") + 1]].config if "--preset" in words else RunConfig()
    return parse_config(dict(values), preset)


@pytest.fixture
def race(trained):
    """A function that makes the runs of a race, a line for each loop and a run for each seed, of equal settings."""
    run = trained[1][0]
    return lambda config, loops, seeds=1: [
        [replace(run, loop=loop, config=config.replicate(number)) for number in range(seeds)] for loop in loops
    ]


@pytest.mark.parametrize("config", [RunConfig(), OWN, *(preset.config for preset in PRESETS.values())])
def test_address_and_command_of_a_run_lead_to_its_settings(race, config):
    lines = race(config, ["fit"])
    query = parse_qs(urlsplit(address(lines[0])).query)
    assert query.pop("loop") == ["compile() + fit()"]
    assert parse_config({name: value for name, (value,) in query.items()}) == config
    (command,) = commands(lines)
    assert command.startswith("python -m vae train --loop fit") and settings_of(command) == config


def test_a_race_is_one_command(race):
    assert commands(race(RunConfig(), ["tape", "fit"])) == ["python -m vae race --loops tape,fit --preset tutorial"]


def test_a_race_over_seeds_is_one_command(race):
    (command,) = commands(race(OWN, ["tape", "tape_scan"], seeds=3))
    assert command.startswith("python -m vae race --loops tape,tape_scan --seeds 3 ") and settings_of(command) == OWN


def test_runs_of_different_settings_have_a_command_each_up_to_a_limit(race):
    lines = [race(RunConfig(seed=seed), ["tape"])[0] for seed in range(10)]
    assert [settings_of(command).seed for command in commands(lines)] == list(range(MOST_COMMANDS))


def test_the_address_of_a_race_leaves_the_loops_to_the_form(race):
    lines = race(RunConfig(), ["tape", "fit"])
    assert address([run for line in lines for run in line]) == "/train"
