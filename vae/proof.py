"""How far two runs are apart, in every step's loss and in every weight at each epoch's end."""

from typing import NamedTuple

import numpy as np

from vae.curves import LossDifference, loss_difference
from vae.runs import Metrics, Run, Store, weights


class Proof(NamedTuple):
    """What comparing two runs found.

    Attributes:
        loss: the largest difference of a step's loss, and the first step that differs.
        weights: (optimizer steps done, largest absolute difference of a weight) for each moment that both runs keep.
    """

    loss: LossDifference
    weights: list[tuple[int, float]]

    @property
    def largest_weight(self) -> float | None:
        """The largest difference of a weight at any moment, or None if there is no moment to compare."""
        return max((difference for _, difference in self.weights), default=None)


def prove(record: Store, a: Run, b: Run, metrics_a: Metrics, metrics_b: Metrics) -> Proof:
    """Compares two runs by their metrics and by the weights that the record keeps of them."""
    return Proof(loss_difference(metrics_a, metrics_b), weight_differences(record, a.id, b.id))


def weight_differences(record: Store, a: str, b: str) -> list[tuple[int, float]]:
    """The largest difference of a weight at each moment that two runs, given by their ids, both keep.

    Raises:
        WeightsError: weights are damaged, or the two models do not have the same ones.
    """
    folders = [record.weights_folder(run_id) for run_id in (a, b)]
    moments = sorted(set(weights.steps(folders[0])) & set(weights.steps(folders[1])))
    return [(step, _largest(*(weights.read(weights.path(folder, step)) for folder in folders))) for step in moments]


def _largest(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> float:
    if {name: value.shape for name, value in a.items()} != {name: value.shape for name, value in b.items()}:
        raise weights.WeightsError("The weights cannot be compared: the models differ in size.")
    return max(float(np.abs(np.subtract(a[name], b[name], dtype=np.float64)).max(initial=0)) for name in a)
