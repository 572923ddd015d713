"""How runs are called, for people."""

from collections.abc import Sequence

from vae.config import RunConfig
from vae.loops import LOOPS
from vae.runs import Run
from vae.settings import field_words


def label(run: Run) -> str:
    """How a run is named in a list: "Tutorial · compile() + fit() · 1a2b3c"."""
    # Nothing that changes while it trains: a widget forgets its choice when the labels of its options change.
    name, short_id = f"{run.name} · {loop_title(run)}", run.id[:6]
    return name if short_id in run.name else f"{name} · {short_id}"


def loop_title(run: Run) -> str:
    """The name of a run's loop for people."""
    return LOOPS[run.loop].title if run.loop in LOOPS else run.loop


def short_names(runs: Sequence[Run]) -> dict[str, str]:
    """The shortest names that tell `runs` apart, by id: the loop, or with what differs, or with name and id."""
    differing = [name for name in RunConfig.model_fields if len({getattr(run.config, name) for run in runs}) > 1]

    def with_settings(run: Run) -> str:
        values = [f"{field_words(name)} {getattr(run.config, name)}" for name in differing]
        return ", ".join([loop_title(run), *values])

    for name in (loop_title, with_settings if len(differing) < 3 else label, label):
        names = {run.id: name(run) for run in runs}
        if len(set(names.values())) == len(runs):
            break
    return names
