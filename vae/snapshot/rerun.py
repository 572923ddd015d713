"""How somebody trains the same: as an address for the app and as commands for the terminal."""

import shlex
from collections.abc import Sequence
from urllib.parse import urlencode

from vae.config import RunConfig
from vae.names import loop_title
from vae.presets import PRESETS, preset_of
from vae.runs import Run

MOST_COMMANDS = 6


def changes(config: RunConfig) -> dict[str, str | int | float]:
    """The settings that are not the tutorial's."""
    return {name: value for name, value in config.model_dump().items() if value != getattr(RunConfig(), name)}


def address(runs: Sequence[Run]) -> str:
    """The page Train with the first run's settings filled in, and with its loop if it is the only one."""
    loop = {"loop": loop_title(runs[0])} if len(runs) == 1 else {}
    query = urlencode({**changes(runs[0].config), **loop})
    return f"/train?{query}" if query else "/train"


def commands(lines: Sequence[Sequence[Run]]) -> list[str]:
    """Commands that train the same: one race where it is one, else each run by itself, at most six.

    Args:
        lines: the runs of each line, see `vae.comparison.even_replicates`.
    """
    if (race := _race(lines)) is not None:
        return [race]
    every = [f"python -m vae train --loop {shlex.quote(run.loop)}{_set(run.config)}" for line in lines for run in line]
    return list(dict.fromkeys(every))[:MOST_COMMANDS]


def _race(lines: Sequence[Sequence[Run]]) -> str | None:
    loops, seeds = [line[0].loop for line in lines], [run.config.seed for run in lines[0]]
    start = lines[0][0].config
    wanted = [start.replicate(number) for number in range(len(seeds))]
    if len(set(loops)) < max(2, len(loops)) or any([run.config for run in line] != wanted for line in lines):
        return None
    repeats = f" --seeds {len(seeds)}" if len(seeds) > 1 else ""
    return f"python -m vae race --loops {shlex.quote(','.join(loops))}{repeats}{_set(start)}"


def _set(config: RunConfig) -> str:
    preset = preset_of(config)
    if preset:
        key = next(key for key, other in PRESETS.items() if other == preset)
        return f" --preset {key}"
    return "".join(f" --set {shlex.quote(f'{name}={value}')}" for name, value in changes(config).items())
