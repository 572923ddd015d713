"""Images of one's own: upload them, look at what was understood, keep them, and delete them again."""

from typing import Any

import streamlit as st

from pages.parts import datasets, visitors
from pages.parts.pickers import plain
from vae import figures, own_data, requests
from vae.access import NotAllowedError
from vae.confined import Refused, confined
from vae.data import DataError
from vae.runs import Store
from vae.uploads.limits import CHILD, MAX_BYTES, MAX_CLASSES, MAX_IMAGES, MIN_IMAGES

TILE, SHOWN = 56, 24
# The number of the uploader that is shown, the name for what is uploaded, and what came of keeping it.
UPLOADER, TITLE, SAID = "own_uploader", "own_title", "own_said"


def show(record: Store) -> None:
    """Draws the upload with its preview, and the list of sets that are kept here.

    Args:
        record: whose runs may use them.
    """
    with st.expander("Your own images", icon=":material/add_photo_alternate:", key="own_images"):
        st.caption(
            f"From {MIN_IMAGES} to {MAX_IMAGES:,} images in one file of at most {MAX_BYTES >> 20} MB: a **.zip** of "
            "PNG or JPEG, with folders as labels; **.npz** with an array x, and labels y if there are some; **.npy**; "
            f"or **.csv** with a row of pixels each. They become grey, 28 × 28, with up to {MAX_CLASSES} classes. The "
            "last seventh, in an order that is mixed but always the same, is kept for testing. Everybody who can open "
            "this app can see and use what you keep."
        )
        file = st.file_uploader(
            "Images",
            type=["zip", "npz", "npy", "csv"],
            key=f"{UPLOADER}_{st.session_state.setdefault(UPLOADER, 0)}",
            max_upload_size=MAX_BYTES >> 20,
            help="It is read in a process of its own, and nothing is kept before you say so.",
        )
        if file is not None:
            _preview(record, file.name, _read(file.file_id, file.getvalue()))
        _kept(record)
    succeeded, sentence = st.session_state.pop(SAID, (True, ""))
    if sentence:
        (st.success if succeeded else st.error)(sentence)
    for own in own_data.kept():
        if own.name == st.session_state.get(datasets.KEY):
            st.caption(f"The data set of this training: **{plain(own.title)}**, {own.count:,} images.")


@st.cache_resource(max_entries=4, ttl=3600, show_spinner="Reading the images…")
def _read(file_id: str, _content: bytes) -> dict[str, Any] | str:
    """What `vae.uploads.read` finds in a file, or the sentence with which it is refused; do not change it."""
    try:
        return confined("vae.uploads:read", _content, limits=CHILD)
    except Refused as refusal:
        return str(refusal)


def _preview(record: Store, file_name: str, found: dict[str, Any] | str) -> None:
    if isinstance(found, str):
        st.error(plain(found))
        return
    st.markdown(plain(found["understood"]))
    tiles = figures.ink(own_data.sample(found["images"], SHOWN))
    st.image([figures.picture(tile) for tile in tiles], width=TILE, alt=["One of the images"] * len(tiles))
    st.caption("Some of them. High values are drawn dark, like ink on paper, as everywhere here.")
    counts = own_data.counts(found["labels"], found["classes"])
    if len(counts) > 1:
        st.caption(
            "Images of each class: " + " · ".join(f"**{plain(name)}** {count:,}" for name, count in counts.items())
        )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Name",
            value=file_name.rsplit(".", 1)[0][:80],
            max_chars=80,
            key=TITLE,
            width=260,
            help="What the data set is called in the list.",
        )
        st.button(
            "Use these images",
            icon=":material/check:",
            on_click=_keep,
            args=(record, found),
            **visitors.guard(record, "Keeps them and chooses them in the form, with all their training images."),
        )


def _keep(record: Store, found: dict[str, Any]) -> None:
    try:
        own = requests.keep_images(visitors.me(record), record, st.session_state[TITLE], found)
    except (DataError, NotAllowedError) as error:
        st.session_state[SAID] = False, str(error)
        return
    datasets.choose(own.name)
    st.session_state[UPLOADER] += 1
    st.session_state[SAID] = True, f"**{plain(own.title)}** is kept, and chosen as the data set."


def _kept(record: Store) -> None:
    """The sets that are here, each with a button that deletes it."""
    sets = own_data.kept()
    used = own_data.uses(record) if sets else {}
    for own in sets:
        runs = used.get(own.name, 0)
        with st.container(horizontal=True, vertical_alignment="center"):
            classes = f", {len(own.labels)} classes" if len(own.labels) > 1 else ""
            st.markdown(f"**{plain(own.title)}** · {own.count:,} images{classes} · `{own.name}`")
            st.button(
                "Delete",
                icon=":material/delete:",
                key=f"delete_{own.name}",
                on_click=_delete,
                args=(record, own),
                **visitors.guard(
                    record,
                    "Deletes these images for good.",
                    f"{runs} runs use these images; delete them first." if runs else "",
                ),
            )


def _delete(record: Store, own: own_data.OwnSet) -> None:
    try:
        requests.delete_images(visitors.me(record), record, own)
    except (DataError, NotAllowedError) as error:
        st.session_state[SAID] = False, str(error)
    else:
        st.session_state[SAID] = True, f"**{plain(own.title)}** is deleted."
