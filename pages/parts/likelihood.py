"""How probable the model finds test images: an estimate that runs in a process of its own."""

import subprocess
from contextlib import nullcontext
from pathlib import Path

import streamlit as st

from pages.parts import visitors
from pages.parts.pickers import check_url, whole_number
from vae import published, requests
from vae.data import entry
from vae.figures import ranking
from vae.jobs import likelihood
from vae.report import protocol
from vae.runs import Run, Store, likelihoods, weights
from vae.runs.likelihoods import Estimate

STYLE = Path(__file__).parent / "likelihood.css"
EVERY_SECONDS = 1.0
STILL = {"staticPlot": True}


def show(record: Store, run: Run) -> None:
    """Draws the choice of samples and images, the button, the progress and what came out."""
    st.subheader("How probable are new images?")
    if reason := likelihood.why_not(run):
        st.caption(reason)
        return
    if run.active:
        st.caption("It can be estimated when the training has ended.")
        return
    step = weights.steps(record.weights_folder(run.id))[-1]
    most, images = likelihood.MAX_SAMPLES, min(likelihood.MAX_IMAGES, entry(run.config.dataset).test_images)
    check_url("codes", whole_number(1, most), f"a whole number from 1 to {most}")
    check_url("tested", whole_number(1, images), f"a whole number from 1 to {images}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        samples = st.number_input(
            "Samples an image",
            1,
            most,
            500,
            key="codes",
            bind="query-params",
            width=170,
            help="How many codes the estimate draws for each image. With few, the images seem less probable than the "
            "model finds them; papers take 5,000.",
        )
        tested = st.number_input(
            "Test images",
            1,
            images,
            min(1000, images),
            key="tested",
            bind="query-params",
            width=170,
            help="How many, from the start of the test set. More make the mean surer, and take longer.",
        )
        found = likelihoods.find(record, run.id, step, samples, tested)
        busy = found is not None and likelihood.is_alive(found)
        waits = _starting(found)
        if not (busy or waits or (found and found.state == "finished")):
            st.button(
                "Go on" if found else "Estimate",
                icon=":material/casino:",
                on_click=_start,
                args=(record, run, samples, tested),
                **visitors.guard(record, "Works in the background, and goes on when you close this page."),
            )
    every = EVERY_SECONDS if busy or waits else None
    if every:
        st.html(STYLE)
    # Without anything in it, a container still leaves a gap.
    with st.container(key="likelihood") if every else nullcontext():
        st.fragment(_watch, run_every=every)(record, run, (run.id, step, samples, tested), every)


def _watch(record: Store, run: Run, key: tuple[str, int, int, int], every: float | None) -> None:
    """What changes while it works."""
    found = likelihoods.find(record, *key)
    busy = found is not None and likelihood.is_alive(found)
    if every and not busy and not _starting(found):
        st.rerun()
    if found is None:
        if every:
            st.progress(0.0, text="Starting…")
        elif st.session_state.get("estimate") is not None:
            st.error("The estimate could not begin; worker.log in the folder of runs may say why.")
        return
    if found.state != "finished":
        words = "working" if busy else "broken off; what is done is kept"
        st.progress(found.done / found.images, text=f"{found.done:,} of {found.images:,} images, {words}")
    if busy:
        st.button(
            "Stop",
            icon=":material/stop_circle:",
            on_click=visitors.do,
            args=(requests.stop_estimate, record, key),
            **visitors.guard(record, "Ends the estimate after the images under way. What is done is kept."),
        )
    if found.done:
        _result(run, found)


def _result(run: Run, found: Estimate) -> None:
    st.metric(
        "Negative log likelihood, nats",
        f"{found.nll:.2f} ± {found.standard_error:.2f}",
        help="Minus the logarithm of the probability that the model gives an image, mean over the images: less is "
        "better. After ± the standard error, for the choice of the images.",
        border=True,
        width=260,
    )
    st.caption(protocol(run, found))
    if found.state != "finished":
        return
    if published.comparable(run.config, found.samples, found.images):
        drawn = ranking({"this run": found.nll, **dict(published.FIGURES)}, "nats an image, less is better")
        st.plotly_chart(drawn, key="published", config=STILL, alt="This run beside published likelihoods")
        st.caption(f"Published: {published.SOURCE}. {published.PROTOCOL}.")
    else:
        st.caption(f"Published figures have another protocol ({published.PROTOCOL}), so none stands beside this one.")


def _starting(found: Estimate | None) -> bool:
    """Whether a process was started here that has not yet said so in the record."""
    process: subprocess.Popen | None = st.session_state.get("estimate")
    return process is not None and process.poll() is None and (found is None or not likelihood.is_alive(found))


def _start(record: Store, run: Run, samples: int, images: int) -> None:
    if process := visitors.do(requests.estimate, record, run, samples, images):
        st.session_state["estimate"] = process
