"""What a model does with test images, epoch by epoch."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vae.curve_figures import COLOURS
from vae.curves import thin
from vae.report import seen_as
from vae.runs import Run, Validation
from vae.sketch import Line, sketch
from vae.validation import IMAGES

# Drawn of the KL of all units together.
POINTS = 1200
# The theme's first, and one that stands out from it.
LINE_COLOURS = ("", COLOURS[1])


def heading(run: Run) -> str:
    """What the charts are about."""
    return f"On {IMAGES:,} test images, {seen_as(run.config, IMAGES)}, after each epoch"


def charts(run: Run, found: Sequence[Validation]) -> list[dict[str, Any]]:
    """The error, the units in use and what the codes tell, see `vae.sketch.sketch`.

    Args:
        run: whose model it is.
        found: one or more, in their order.
    """
    epochs = np.array([each.step / run.config.steps_per_epoch for each in found])
    end = float(epochs[-1])

    def chart(title: str, lines: dict[str, list], log: bool = False, whole: bool = False) -> dict[str, Any]:
        drawn = {
            name: Line(epochs, np.array(values, float), colour)
            for (name, values), colour in zip(lines.items(), LINE_COLOURS, strict=False)
        }
        return sketch(title, drawn, end, unit="epoch", log=log, whole=whole, dots=len(found) < 60)

    varied = [each.reconstruction_variance for each in found if each.reconstruction_variance is not None]
    information = {
        "KL": [each.total_kl for each in found],
        "mutual information": [each.mutual_information for each in found],
    }
    kept = thin(len(found), max(POINTS // len(found[0].kl), 20))
    of_units = np.array([found[i].kl for i in kept]).T
    units = {f"unit {unit}": Line(epochs[kept], kl) for unit, kl in enumerate(of_units)}
    return [
        chart("Squared error a pixel", {"error": [each.error for each in found]}),
        chart("Active units", {"units": [each.active_units for each in found]}, whole=True),
        *([chart("Variance of answers", {"variance": varied}, log=True)] if len(varied) == len(found) else []),
        chart("KL and mutual information in nats", information),
        sketch("KL of each unit in nats", units, end, unit="epoch", log=False, crowd=True, dots=len(found) == 1),
    ]


def caption(last: Validation) -> str:
    """What the charts say, with the figures of the last epoch."""
    return (
        "A unit is in use if its mean varies by more than .01 from image to image. The variance of the reconstructions "
        "is that of a pixel across images: near 0, all images come back as the same picture. "
        f"Of {last.total_kl:.2f} nats of KL, "
        f"{max(last.mutual_information, 0):.2f} tell which image it was (mutual information; 6.91 would tell all 1,000 "
        f"apart), and {last.aggregate_kl:.2f} are the distance of all codes together from the prior. Epochs that "
        "pass too fast for a test are left out."
    )
