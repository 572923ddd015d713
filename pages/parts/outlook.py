"""What theory expects of a training, the alarm when it answers the mean image, and the cure."""

from contextlib import suppress

import streamlit as st

from pages.parts import live, models, visitors
from vae import requests
from vae.config import PIXELS, RunConfig
from vae.data import DataError, entry, training_images
from vae.diagnosis import answers_mean_image, floor, translate_last_epoch
from vae.forecast import cure, forecast, sentence
from vae.pca import spectrum
from vae.runs import Metrics, Run, Store

CURE_HELP = "Sums the KL over the units and divides it by the 784 pixels, as the error is, with a weight of at most 1."


@st.cache_resource(max_entries=8, show_spinner=False)
def eigenvalues(dataset: str, images: int, inputs: str, divided: bool):
    """The spectrum of a dataset's first training images, as `vae.pca.spectrum` gives it; do not change it."""
    return spectrum(_images(dataset, images, inputs), divided, binarized=inputs == "dynamic")


def read_ahead() -> None:
    """Reads the images and works out the spectrum that the usual settings need, before somebody waits for them."""
    with suppress(DataError):  # the page that needs them says it
        _eigenvalues(RunConfig())


def _eigenvalues(config: RunConfig):
    return eigenvalues(config.dataset, config.images, config.inputs, config.likelihood == "bernoulli")


def mean_image(config: RunConfig) -> float | None:
    """The reconstruction term of answering the mean image, or None if the images are not at hand."""
    try:
        return _floor(config, config.model_dump_json()) if entry(config.dataset).built_in else None
    except DataError:
        return None


@st.cache_data(max_entries=64, show_spinner=False)
def _floor(_config: RunConfig, settings: str) -> float:
    return floor(_config, _images(_config.dataset, _config.images, _config.inputs))


def _images(dataset: str, images: int, inputs: str):
    return training_images(models.dataset(dataset, "threshold" if inputs == "threshold" else "grey"), images)


def before_start(config: RunConfig) -> None:
    """Says what will come of `config`, and offers the cure if that is a collapse."""
    try:
        if not entry(config.dataset).built_in:
            st.caption("There is no forecast for images that are downloaded only when a training begins.")
            return
        found = forecast(config, _eigenvalues(config))
    except DataError as error:
        st.error(str(error))
        return
    text = f"{sentence(found, config)} {found.caveat}".strip()
    if not found.collapses:
        st.caption(f":material/online_prediction: {text}")
        return
    st.warning(text, icon=":material/online_prediction:", title="Forecast")
    st.button("Apply the cure", icon=":material/healing:", on_click=_fill, args=(cure(config),), help=CURE_HELP)


def alarmed(run: Run, metrics: Metrics) -> float | None:
    """The error of the mean image if a training answers it, before its test says so; else None."""
    least = None if run.result else mean_image(run.config)
    return least if least is not None and answers_mean_image(metrics, run.config, least) else None


def alarm(record: Store, run: Run) -> None:
    """Warns of a training that answers the mean image, and offers the cure."""
    least = alarmed(run, live.follower(record, run.id).read())
    if least is None:
        return
    st.warning(
        f"The last steps have the error of always drawing the mean image ({least:.4g}), and the codes say nothing. "
        "That seldom mends itself.",
        title="It answers the mean image",
        icon=":material/blur_on:",
    )
    offer_cure(record, run)


def offer_cure(record: Store, run: Run) -> None:
    """A button that starts a copy of a run with the cure, where that changes anything."""
    cured = cure(run.config)
    if cured == run.config:
        return
    label, icon = "Start a copy with the cure", ":material/healing:"
    if visitors.start_button(label, record, [cured], icon, CURE_HELP, primary=False) and (
        ids := visitors.do(requests.start, record, cured, (run.loop,), f"{run.name}, cured"[:80])
    ):
        st.switch_page("pages/train.py", query_params={"run": ids[0]})


def translation(record: Store, run: Run) -> None:
    """The last epoch's loss of a run in the units that other texts use."""
    metrics, config = live.follower(record, run.id).read(), run.config
    told = translate_last_epoch(metrics, config)
    unit = "Gaussian of variance 1, KL weighted" if config.per_pixel else "As trained, KL weighted"
    rows = {
        "Loss a pixel": f"{told.per_pixel:.4f}" + (", as trained" if config.per_pixel else " nats"),
        "Summed over the pixels": f"{told.total:.2f} an image",
        unit: f"{told.nats:.2f} nats an image",
        "The same a dimension": f"{told.bits:.4f} bits",
        "KL, unweighted": f"{told.kl:.2f} nats an image" if told.kl == told.kl else "not known from this loss",
        "Effective beta": f"{told.beta:.3g}",
    }
    st.table({"Unit": list(rows), "Value": list(rows.values())}, hide_index=True)
    half = (
        f"Half of {PIXELS} times the loss is half the squared error of an image"
        if config.per_pixel
        else ("The loss is minus the log likelihood of an image")
    )
    st.caption(
        f"{half} plus beta times its KL: the loss of a beta-VAE. At 1 it is the evidence bound"
        f"{' of a Gaussian of variance 1' if config.per_pixel else ''}; below 1 it is no bound."
    )


def _fill(config: RunConfig) -> None:
    st.session_state.update(config.model_dump())
