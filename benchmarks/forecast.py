"""Trains a sweep over the KL's weight and the latent units, and compares it with the forecast.

`python -m benchmarks.forecast` prints the table of docs/forecast.md; it takes some two minutes on two cores.
"""

import itertools

from benchmarks.app_bare import Clock
from vae import data, loops
from vae.config import PIXELS, RunConfig
from vae.evaluation import evaluate
from vae.forecast import forecast
from vae.pca import spectrum
from vae.training import prepare

BETAS = (0.5, 2.0, 4.3, 6.0)
UNITS = (2, 8, 32)
EPOCHS = 10


def main() -> None:
    """Prints a row for each setting."""
    dataset = data.load("mnist")
    eigenvalues = spectrum(dataset.x_train)
    right = 0
    print("| beta | units | forecast | linear error | linear KL | active | test error | KL | right |")
    print("| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | --- |")
    for beta, units in itertools.product(BETAS, UNITS):
        config = RunConfig(latent_dim=units, kl_reduction="sum", kl_weight=2 * beta, epochs=EPOCHS)
        expected = forecast(config, eigenvalues)
        task = prepare(config, dataset.x_train, Clock())
        loops.get("tape_scan")(task)
        found = evaluate(task.model, dataset)
        agrees = expected.collapses == (found["active_units"] == 0)
        right += agrees
        said = "collapses" if expected.collapses else f"{expected.units} live"
        print(
            f"| {beta:g} | {units} | {said} | {expected.linear_error:.4f} | {expected.linear_kl:.2f} "
            f"| {found['active_units']} | {found['reconstruction']:.4f} | {found['kl']:.2f} "
            f"| {'yes' if agrees else 'no'} |",
            flush=True,
        )
    print(f"\n{right} of {len(BETAS) * len(UNITS)} right, {EPOCHS} epochs each, {PIXELS} pixels.")


if __name__ == "__main__":
    main()
