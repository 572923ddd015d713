"""What the page says before any script runs: title, verdict, figures, settings, reconstructions, how to train it."""

import base64
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vae import __version__, figures, standings
from vae.config import RunConfig
from vae.data import entry
from vae.names import loop_title
from vae.report import SEEN_AS
from vae.runs import Metrics, Run
from vae.runs.environment import commit
from vae.scores import SCORES
from vae.settings import field_title
from vae.snapshot import rerun
from vae.snapshot.markup import Html, element, joined
from vae.snapshot.models import Shown, examples

NAMED = 3
TOOLS = ("TensorFlow", "Keras", "Python")
FORMATS = {
    "Loss": "{:.5f}",
    "Running mean": "{:.5f}",
    "Reconstruction error": "{:.5f}",
    "KL term": "{:.2e}",
    "Test error": "{:.5f}",
}
# Whose images the page shows, as their licences ask to be told.
THANKS = {
    "mnist": "MNIST images: Yann LeCun and Corinna Cortes, CC BY-SA 3.0.",
    "fashion_mnist": "Fashion-MNIST images: Zalando SE, MIT licence.",
}


def title(runs: Sequence[Run]) -> str:
    """What the page is called."""
    names = list(dict.fromkeys(run.name for run in runs))
    return " and ".join(names) if len(names) <= NAMED else f"{names[0]} and {len(names) - 1} others"


def header(runs: Sequence[Run], lines: Mapping[str, Sequence[Run]], verdicts: Sequence[str]) -> Html:
    """The title, what was trained, and what came out."""
    first = runs[0]
    datasets = ", ".join(dict.fromkeys(entry(run.config.dataset).title for run in runs))
    epochs = ", ".join(dict.fromkeys(str(run.config.epochs) for run in runs))
    about = [
        f"{datasets}, {' or '.join(dict.fromkeys(f'{run.config.images:,}' for run in runs))} training images",
        "1 epoch" if epochs == "1" else f"{epochs} epochs",
        loop_title(first) if len(runs) == 1 else f"{len(runs)} runs" + (f": {' and '.join(lines)}" * (len(lines) == 2)),
        f"{datetime.fromtimestamp(first.created):%d %B %Y}".lstrip("0"),
    ]
    return element(
        "header",
        element("p", "VAE Lab", class_="brand"),
        element("h1", title(runs)),
        element("p", " · ".join(about), class_="about"),
        *(element("p", verdict, class_="verdict") for verdict in verdicts),
    )


def how_it_ended(run: Run) -> str | None:
    """What a run that did not finish came to; None for one that did."""
    if run.state == "finished":
        return None
    state = "Still training" if run.active else run.state.capitalize()
    error = f" {run.error}" if run.error else ""
    return f"{state} after {run.step:,} of {run.config.steps:,} steps.{error}"


def test_figures(runs: Sequence[Run], names: Mapping[str, str], metrics: Mapping[str, Metrics]) -> Html:
    """One run's figures as tiles that explain themselves, several runs' as a table."""
    if len(runs) > 1:
        rows = [standings.figures(run, metrics[run.id]) for run in runs]
        heads = ["Run", *(head for head in rows[0] if head not in ("Run", "Loop"))]
        body = [
            element("tr", element("th", names[run.id], scope="row"), *(_figure(row, head) for head in heads[1:]))
            for run, row in zip(runs, rows, strict=True)
        ]
        return joined(element("h2", "What they came to"), _table("Figures of the runs", heads, body, numbers=True))
    (run,) = runs
    if not run.result:
        return Html()
    result = run.result
    tiles = [
        element("div", element("dt", s.title), element("dd", s.text.format(**result)), element("dd", s.help))
        for s in SCORES
        if s.key in result
    ]
    told = f"On all {result['images']:,} test images{SEEN_AS[run.config.inputs]}, none of which it was trained on."
    if run.config.images > RunConfig().images:
        told = f"On all {result['images']:,} test images{SEEN_AS[run.config.inputs]}; it was trained on some of them."
    return joined(
        element("h2", "What it came to"), element("p", told, class_="note"), element("dl", *tiles, class_="tiles")
    )


def settings(lines: Mapping[str, Sequence[Run]], runs: Sequence[Run]) -> Html:
    """The settings that are not the tutorial's, and what they were trained with, folded."""
    configs = {name: of_line[0].config for name, of_line in lines.items()}
    default = RunConfig()
    changed = [
        name
        for name in RunConfig.model_fields
        if any(getattr(config, name) != getattr(default, name) for config in configs.values())
    ]
    heads = ["Setting", *(configs if len(configs) > 1 else ["Here"]), "In the tutorial"]
    body = [
        element(
            "tr",
            element("th", field_title(name), scope="row"),
            *(element("td", _value(config, name)) for config in configs.values()),
            element("td", _value(default, name)),
        )
        for name in changed
    ]
    environment = runs[0].environment or {}
    tools = [f"{name} {environment[name.lower()]}" for name in TOOLS if name.lower() in environment]
    seeds = sorted({run.config.seed for run in runs})
    replicated = f" Seeds: {', '.join(map(str, seeds))}." if len(seeds) > 1 else ""
    trained = f"Trained by {'; '.join(dict.fromkeys(map(loop_title, runs)))}"
    return element(
        "details",
        element("summary", "Settings"),
        _table("Settings", heads, body) if body else element("p", "They are the tutorial's own."),
        element("p", f"{trained}{', with ' + ', '.join(tools) if tools else ''}.{replicated}", class_="note"),
    )


def reconstructions(shown: Sequence[Shown], names: Sequence[str]) -> Html:
    """Test images above what the models make of them; models that see other images have a block of their own."""
    blocks: dict[tuple[str, str], list[int]] = {}
    for place, model in enumerate(shown):
        config = model.runs[0].config
        blocks.setdefault((config.dataset, config.inputs), []).append(place)
    parts = []
    for places in blocks.values():
        chosen, originals, labels = examples(shown[places[0]].runs[0])
        below = [f"by {names[place]}" for place in places] if len(shown) > 1 else [""]
        told = f"Each column: a test image, below it its reconstruction {', below that one '.join(below)}".strip()
        rows = [("original", figures.ink(originals))]
        rows += [
            (f"reconstruction {by}".strip(), figures.ink(shown[p].answers)) for p, by in zip(places, below, strict=True)
        ]
        columns = [
            element(
                "figure",
                *(_image(row[n], f"Test image {place}, {label}: {what}") for what, row in rows),
                element("figcaption", label),
            )
            for n, (place, label) in enumerate(zip(chosen, labels, strict=True))
        ]
        parts += [
            element("p", f"{told}, from a sample of its code as in training.", class_="note"),
            element("div", *columns, class_="columns"),
        ]
    return joined(element("h2", "Reconstructions"), *parts)


def atlas(number: int, model: dict[str, Any], name: str) -> Html:
    """The place of one model's latent map, which the script fills."""
    if len(model["axes"]) == 1:
        where = "along the only unit of the latent space, a row for each label"
    elif model["latent_dim"] == 2:
        where = "in the latent space"
    else:
        where = "by the two units that tell most of it"
    told = f"Each point is the code of one of {model['count']:,} test images, {where}."
    if "stages" in model:
        told += " Drag the ring, or focus it and use the arrow keys: the decoder draws what it sees there."
    if model["active"] == 0:
        told += " No unit is in use: the codes lie on one spot, and every place gives much the same picture."
    if model["outside"]:
        told += f" {model['outside']} codes farther out than {model['extent']:g} are left out."
    return joined(
        element("h2", "Latent space" + (f": {name}" if name else "")),
        element("p", told),
        element(
            "div",
            element("noscript", "The map and the decoder need JavaScript, which is switched off here."),
            class_="atlas",
            data_model=str(number),
        ),
    )


def train_it(runs: Sequence[Run], lines: Mapping[str, Sequence[Run]]) -> Html:
    """How to get the same."""
    return joined(
        element("h2", "Train this yourself"),
        element("p", "In the app, add this to the address of its first page:", class_="note"),
        element("code", rerun.address(runs)),
        element("p", "In the terminal:", class_="note"),
        *(element("code", command) for command in rerun.commands(list(lines.values()))),
    )


def footer(runs: Sequence[Run]) -> Html:
    """What made the page, and whose images it shows."""
    made = f"VAE Lab {__version__}" + (f", commit {commit()}" if commit() else "")
    thanks = [THANKS[name] for name in dict.fromkeys(run.config.dataset for run in runs) if name in THANKS]
    return element(
        "footer",
        element("p", f"{made}. {'Run' if len(runs) == 1 else 'Runs'} {', '.join(run.id[:8] for run in runs)}."),
        element("p", " ".join([*thanks, "This page is complete in itself: it reads nothing from the network."])),
    )


def _figure(row: Mapping[str, Any], head: str) -> Html:
    value = row[head]
    text = "–" if value is None else FORMATS.get(head, "{}").format(value)
    return element("td", text, class_="number")


def _table(label: str, heads: Sequence[str], body: Sequence[Html], numbers: bool = False) -> Html:
    """A table in a box that scrolls sideways, also from the keyboard, where it is wider than the page."""
    kinds = [{"class_": "number"} if numbers and place else {} for place in range(len(heads))]
    top = element("tr", *(element("th", head, scope="col", **kind) for head, kind in zip(heads, kinds, strict=True)))
    table = element("table", element("thead", top), element("tbody", *body))
    return element("div", table, class_="wide", tabindex="0", role="region", aria_label=label)


def _value(config: RunConfig, name: str) -> str:
    value = getattr(config, name)
    return f"{value:,}" if isinstance(value, int) else str(value) or "none"


def _image(pixels: NDArray[np.uint8], alt: str) -> Html:
    png = io.BytesIO()
    Image.fromarray(pixels[..., 0]).save(png, "PNG", optimize=True)
    return element("img", src=f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}", alt=alt)
