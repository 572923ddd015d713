"""Runs as one HTML file that works from disk: curves, reconstructions, and the latent map with its decoder.

It needs no server and no network, and its security policy forbids it to ask for one.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from vae import comparison, curves, figures, standings
from vae.names import short_names
from vae.runs import Metrics, Run, Store, weights
from vae.snapshot import models, story
from vae.snapshot.markup import element, joined, script_json
from vae.snapshot.packing import Arrays
from vae.verdict import paired_words, verdict

FOLDER = Path(__file__).parent
SCRIPTS = ("arrays", "decoder", "elements", "axes", "curves", "map", "start")
VIEWS = ("running", "epoch", "smooth", "raw")
# Of a page with many runs only the first models, lest it outgrow an e-mail.
MOST_MODELS = 3
# A curve has at most `curves.MAX_POINTS`; all curves of one view and term together this many.
ALL_POINTS = 12_000


class SnapshotError(ValueError):
    """Runs of which no page can be made; the message is one sentence."""


def snapshot(record: Store, runs: Sequence[Run]) -> bytes:
    """One HTML file that shows runs and works from disk.

    Args:
        record: where they are.
        runs: one, or several to lay over each other, such as those of a race.

    Returns:
        the file's content, UTF-8.

    Raises:
        SnapshotError: there is none, or one of them has not trained a step.
        WeightsError: weights are damaged.
        DataError: the test images cannot be had.
        StoreError: the record cannot be read.
    """
    if not runs:
        raise SnapshotError("A snapshot needs at least one run.")
    for run in runs:
        if not has_begun(record, run):
            raise SnapshotError(f"The run {run.id} has no weights yet; train it first.")
    metrics = {run.id: record.metrics(run.id) for run in runs}
    groups = comparison.even_replicates(runs)
    names = short_names([group[0] for group in groups])
    lines = {names[group[0].id]: group for group in groups}
    arrays = Arrays()
    distinct = models.distinct(record, [group[0] for group in groups])
    shown = [models.show(record, equal, arrays) for equal in distinct[:MOST_MODELS]]
    called = [" and ".join(names[run.id] for run in model.runs) for model in shown]
    data = {
        "curves": _curves(lines, metrics, arrays),
        "models": [{**model.content, "colours": figures.LABEL_COLOURS} for model in shown],
        "arrays": arrays.packed,
    }
    body = joined(
        story.header(runs, lines, _verdicts(lines, metrics, distinct, names)),
        element(
            "main",
            story.test_figures(runs, short_names(runs), metrics),
            story.settings(lines, runs),
            element("h2", "Curves"),
            element(
                "div",
                element("noscript", "The curves need JavaScript, which is switched off here."),
                id="curves",
            ),
            story.reconstructions(shown, called),
            *(
                story.atlas(number, model.content, name if len(distinct) > 1 else "")
                for number, (model, name) in enumerate(zip(shown, called, strict=True))
            ),
            *_left_out(len(distinct)),
            story.train_it(runs, lines),
        ),
        story.footer(runs),
    )
    style = (FOLDER / "page.css").read_text()
    script = f'"use strict";\n{{\n{"".join((FOLDER / f"{name}.js").read_text() for name in SCRIPTS)}}}\n'
    page = Template((FOLDER / "page.html").read_text()).substitute(
        policy=f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'",
        title=joined(f"{story.title(runs)} · VAE Lab"),
        style=style,
        body=body,
        data=script_json(data),
        script=script,
    )
    return page.encode()


def has_begun(record: Store, run: Run) -> bool:
    """Whether a run has curves and weights to show."""
    return run.step > 0 and bool(weights.steps(record.weights_folder(run.id)))


def _curves(lines: comparison.Groups, metrics: Mapping[str, Metrics], arrays: Arrays) -> dict[str, Any]:
    """The curves as Compare draws them, for `curves.js`."""
    most = min(curves.MAX_POINTS, ALL_POINTS // len(lines))
    runs = [run for group in lines.values() for run in group]
    longest = max((metrics[run.id] for run in runs), key=lambda m: len(m.step))

    def pack(term: str, view: str) -> list[dict[str, int]]:
        panel = comparison.curve_panel(lines, metrics, term, view, "", False, None)
        packed = []
        for curve in filter(None, panel.curves):
            kept = curves.thin(len(curve.x), most)
            values = {"y": curve.y, "low": curve.low, "high": curve.high}
            packed.append(
                {"x": arrays.add(curve.x[kept], "uint32")}
                | {key: arrays.add(array[kept], "float32") for key, array in values.items() if array is not None}
            )
        return packed

    tutorial = all(standings.is_tutorial(run) for run in runs)
    points = {view: curves.tutorial_points(view, curves.TUTORIAL_STEPS_PER_EPOCH) for view in VIEWS if tutorial}
    return {
        "names": list(lines),
        "terms": [{"key": term, "title": title} for term, title in curves.TERMS.items()],
        "views": [
            {"key": view, "title": curves.VIEWS[view].title, "caption": curves.VIEWS[view].caption} for view in VIEWS
        ],
        "view": VIEWS[0],
        "lines": {term: {view: pack(term, view) for view in VIEWS} for term in curves.TERMS},
        "ends": longest.step[curves.epoch_ends(longest)].tolist(),
        "printed": {
            view: {"x": arrays.add(found[0], "uint32"), "y": arrays.add(found[1], "float32")}
            for view, found in points.items()
            if found
        },
    }


def _verdicts(
    lines: comparison.Groups,
    metrics: Mapping[str, Metrics],
    distinct: Sequence[Sequence[Run]],
    names: Mapping[str, str],
) -> list[str]:
    """Whether the runs did the same, then what each model learned."""
    several = sum(len(group) for group in lines.values()) > 1
    told = [verdict(lines, metrics), *paired_words(lines, metrics)] if several else []
    for equal in distinct[:MOST_MODELS]:
        run = equal[0]
        found = " ".join(filter(None, [story.how_it_ended(run), (run.result or {}).get("verdict")]))
        if found:
            told.append(f"{' and '.join(names[one.id] for one in equal)}: {found}" if len(distinct) > 1 else found)
    return told


def _left_out(models_found: int) -> list[str]:
    if models_found <= MOST_MODELS:
        return []
    return [element("p", f"Only the first {MOST_MODELS} of {models_found} models are shown here; the curves are all.")]


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
