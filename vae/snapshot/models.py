"""What a page shows of a trained model: its decoder as numbers, where test images lie, and what becomes of some.

TensorFlow is imported by the functions that need it.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae import data, latent, planes
from vae.data import entry
from vae.latent import Codes
from vae.runs import Run, Store, weights
from vae.snapshot.packing import Arrays

POINTS = 5000
PER_LABEL = 2
# The plane reaches at least so far; a standard normal code lies within it in 99.7 % of cases.
EXTENT = 3.0
FARTHEST = 0.999
SLIDERS, SILENT_NATS = 8, 0.01
# 3 MB as text; a decode takes a few milliseconds.
MOST_WEIGHTS = 1_000_000


class Shown(NamedTuple):
    """What a page shows of one model.

    Attributes:
        runs: whose weights these are: several where they are equal to the last bit.
        content: for the page's script.
        answers: float32 [n, 784], the reconstructions of `examples`.
    """

    runs: list[Run]
    content: dict[str, Any]
    answers: NDArray[np.float32]


def distinct(record: Store, runs: Sequence[Run]) -> list[list[Run]]:
    """The runs in groups whose newest weights are equal to the last bit.

    Raises:
        WeightsError: weights are damaged.
    """
    groups: dict[str, list[Run]] = {}
    for run in runs:
        digest = hashlib.sha256()
        kept = weights.read(weights.path(record.weights_folder(run.id), newest(record, run)))
        for name, array in sorted(kept.items()):
            digest.update(f"{name} {array.shape} ".encode() + array.tobytes())
        groups.setdefault(f"{run.config.dataset} {run.config.inputs} {digest.hexdigest()}", []).append(run)
    return list(groups.values())


def newest(record: Store, run: Run) -> int:
    """The last moment whose weights are kept, as optimizer steps done."""
    return weights.steps(record.weights_folder(run.id))[-1]


def examples(run: Run) -> tuple[NDArray[np.intp], NDArray[np.float32], list[str]]:
    """Test images as a model sees them: the first of each label, then the second of each.

    Returns:
        their places [n], float32 [n, 784], and the names of their labels.
    """
    images = data.load(run.config.dataset)
    found = [latent.choose_images(images.y_test, [label], PER_LABEL) for label in np.unique(images.y_test)]
    chosen = np.array([of_label[n] for n in range(PER_LABEL) for of_label in found if n < len(of_label)])
    names = [entry(run.config.dataset).labels[label] for label in images.y_test[chosen]]
    return chosen, _seen(run)[chosen], names


def show(record: Store, runs: list[Run], arrays: Arrays) -> Shown:
    """What there is to see of the model that runs with equal weights share.

    Raises:
        WeightsError: the weights are damaged.
        DataError: the test images cannot be had.
    """
    from vae.training import load_model

    run = runs[0]
    images = data.load(run.config.dataset)
    model = load_model(record, run, newest(record, run))
    x_test, (chosen, originals, names) = _seen(run), examples(run)
    # Draws as on the page Reconstructions: a collapsed decoder counts on the noise.
    coded = latent.encode(model, originals)
    z = latent.sampled(coded, latent.noise(len(x_test), run.config.latent_dim, 0)[chosen])
    first = names.index(names[0], 1) if names[0] in names[1:] else len(names)
    codes = latent.encode(model, x_test[:POINTS])
    content = {
        "latent_dim": run.config.latent_dim,
        "labels": list(entry(run.config.dataset).labels),
        **latent_map(codes, images.y_test[:POINTS], arrays),
        "starts": [
            {"label": name, "code": arrays.quantize(code)}
            for name, code in zip(names[:first], coded.z_mean[:first], strict=True)
        ],
        **decoder(model, arrays),
    }
    return Shown(runs, content, latent.decode(model, z))


def _seen(run: Run) -> NDArray[np.float32]:
    return data.as_input(data.load(run.config.dataset).x_test, run.config.inputs, 1)


def latent_map(codes: Codes, labels: NDArray[np.uint8], arrays: Arrays) -> dict[str, Any]:
    """Where codes lie on the plane of the two units with the most KL, and which units are worth a slider."""
    units = [int(unit) for unit in planes.of_units(codes.kl).axes.argmax(axis=1)]
    others = [int(unit) for unit in np.argsort(-codes.kl, kind="stable") if codes.kl[unit] > SILENT_NATS]
    sliders = units + [unit for unit in others if unit not in units][: SLIDERS - len(units)]
    reach = np.quantile(np.abs(codes.z_mean[:, units]).max(axis=1), FARTHEST)
    extent = max(EXTENT, float(np.ceil(2 * reach) / 2))
    placed = codes.z_mean[:, units]
    if len(units) == 1:
        # There is no second unit: the labels lie above each other, the first on top, each a little spread.
        rows = (4.5 - labels + 0.5 * (np.arange(len(labels)) % 16 / 15 - 0.5)) / 5
        placed = np.column_stack([placed[:, 0], extent * rows]).astype(np.float32)
    inside = np.abs(placed).max(axis=1) <= extent
    return {
        "axes": units,
        "sliders": [{"unit": unit, "kl": round(float(codes.kl[unit]), 3)} for unit in sliders],
        "extent": extent,
        "count": len(labels),
        "outside": int((~inside).sum()),
        "active": latent.active_units(codes),
        "points": {
            "x": arrays.quantize(placed[inside, 0]),
            "y": arrays.quantize(placed[inside, 1]),
            "label": arrays.add(labels[inside], "uint8"),
        },
    }


def decoder(model: Any, arrays: Arrays) -> dict[str, Any]:
    """The decoder's layers for `decoder.js`, or a sentence that says why the page has none."""
    count = sum(int(np.prod(weight.shape)) for weight in model.decoder.weights)
    if count > MOST_WEIGHTS:
        return {"reason": f"There is no live decoder here: with {count:,} weights it is too large for a page."}
    stages = [stage for layer in model.decoder.stages() if (stage := _stage(layer, arrays))]
    return {"stages": stages, "output": "sigmoid" if model.decoder.settings["logits"] else "linear"}


def _stage(layer: Any, arrays: Arrays) -> dict[str, Any] | None:
    """One layer; None for one that only changes the shape, which a list of numbers does not have."""
    kind = type(layer).__name__
    if kind == "Reshape":
        return None
    kernel, bias = (variable.numpy() for variable in (layer.kernel, layer.bias))
    stage = {
        "kind": kind,
        "activation": layer.activation.__name__,
        "shape": list(kernel.shape),
        "kernel": arrays.quantize(kernel),
        "bias": arrays.add(bias, "float32"),
    }
    if kind == "Conv2DTranspose":
        stage["stride"] = int(layer.strides[0])
    return stage
