"""A digit of one's own, drawn or uploaded: what the model makes of it, and whether it is like what the model knows."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.parts import canvas, models
from pages.parts.pickers import plain
from vae import digits, figures, latent, posterior
from vae.confined import Limits, Refused, confined
from vae.data import Data, as_input, entry
from vae.latent import Codes
from vae.runs import Run

TILE, KNOWN, VOTERS, UNUSUAL = 112, 1000, 10, 0.95
# Training images are in the first place, test images in the second, see `vae.data.as_inputs`.
OWN_DRAW = 2
# Where the session has the image, so that the latent space can be walked from it: float32 [1, 784].
KEPT = "own_image"
CHILD = Limits(memory=2**30, seconds=10, output=2**20)
UPLOAD, DRAWING = "upload", "drawing"


@st.fragment
def show(run: Run, step: int, model, data: Data) -> None:
    """Draws the canvas, the choice of a file, and what the model makes of the newest of the two.

    Args:
        run: whose model it is.
        step: the moment of it.
        model: a `vae.model.moment.Moment`.
        data: their dataset.
    """
    of_digits = run.config.dataset == "mnist"
    st.subheader("Your own digit" if of_digits else "Your own picture")
    filling = ""
    if run.config.dataset == "fashion_mnist":
        filling = " Fashion-MNIST's own images fill the square instead (Xiao et al. 2017)."
    elif not of_digits:
        filling = " The images that this model learned may fill the square otherwise."
    st.caption(
        "Draw one, or choose a picture of one, dark on light or light on dark. It is scaled and centred as MNIST's "
        f"digits were (LeCun et al. 1998).{filling} Nothing you draw is stored, and nothing you upload."
    )
    with st.grid(2, min_column_width=300):
        with st.container():
            given = _given()
        with st.container():
            if given is None:
                st.caption("What the model makes of it appears here.")
                return
            try:
                x = digits.from_url(given) if isinstance(given, str) else _read(given)
            except Refused as error:
                st.warning(str(error))
                return
            st.session_state[KEPT] = x[None]
            _result(run, step, model, data, as_input(x[None], run.config.inputs, OWN_DRAW))


@st.cache_data(max_entries=16, ttl=600, show_spinner="Reading the image…")
def _read(content: bytes) -> NDArray[np.float32]:
    """The image in an uploaded file, float32 [784], see `vae.digits.from_bytes`."""
    return confined("vae.digits:read", content, limits=CHILD)["x"]


def _given() -> str | bytes | None:
    """What was drawn or uploaded, the newest: an address or a file's bytes."""
    drawing = canvas.draw(on_change=lambda: _is_newest(DRAWING))
    file = st.file_uploader(
        "Or choose a picture",
        type=["png", "jpg", "jpeg", "webp", "gif", "bmp"],
        key="own_file",
        max_upload_size=digits.MAX_BYTES >> 20,
        on_change=_is_newest,
        args=(UPLOAD,),
        help="A photo, scan or drawing of one digit on a plain ground. The newer of drawing and picture counts; "
        "remove one to see the other.",
    )
    given = {UPLOAD: None if file is None else file.getvalue(), DRAWING: None if drawing is None else str(drawing)}
    newest = st.session_state.get("own_newest", UPLOAD)
    return next((given[kind] for kind in sorted(given, key=lambda kind: kind != newest) if given[kind]), None)


def _is_newest(kind: str) -> None:
    st.session_state["own_newest"] = kind


def _result(run: Run, step: int, model, data: Data, x: NDArray[np.float32]) -> None:
    """The image, float32 [1, 784], what came back, and how both compare with test images."""
    codes = models.codes(run.id, step, model, data)
    labels = entry(run.config.dataset).labels
    z = latent.encode(model, x).z_mean
    reconstructed = latent.decode(model, z)
    error = latent.squared_errors(x, reconstructed)[0]
    tiles = [*figures.ink(x), *figures.ink(reconstructed), *figures.error(x, reconstructed)]
    st.image(
        [figures.picture(tile) for tile in tiles],
        caption=["input, 28 × 28", "reconstruction", f"error · {error:.3f}"],
        width=TILE,
        alt=["Your image, 28 by 28 pixels", "Its reconstruction", "Where the two differ"],
    )
    if latent.active_units(codes) == 0:
        st.markdown("**The model answers nearly the same to everything,** so its answer tells nothing about yours.")
        return
    known = _known_errors(run.id, step, model, data, codes)
    share = np.mean(known < error)
    verdict = "Unlike what the model has learned" if share > UNUSUAL else "Nothing unusual to the model"
    near = posterior.votes(z[0], codes.z_mean, data.y_test, VOTERS)
    named = ", ".join(f"{count} × **{plain(labels[label])}**" for label, count in near)
    where = f" Its code: {', '.join(f'{value:.2f}' for value in z[0])}." if z.shape[1] <= 2 else ""
    st.markdown(
        f"**{verdict}:** its squared error a pixel is larger than that of {share:.0%} of {len(known):,} test images. "
        f"The {VOTERS} test images with the nearest codes: {named}.{where}"
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def _known_errors(run_id: str, step: int, _model, _data: Data, _codes: Codes) -> NDArray[np.float64]:
    """The squared errors of the first test images, their codes' means decoded; do not change them."""
    return latent.squared_errors(_data.x_test[:KNOWN], latent.decode(_model, _codes.z_mean[:KNOWN]))
