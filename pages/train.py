"""Configure a training, start it, watch it, stop it."""

import streamlit as st

from pages.parts import board, controls, exports, forms, frame, live, outlook, uploading, visitors
from pages.parts.pickers import plain, run_from_url
from vae import requests
from vae.jobs import estimate
from vae.names import label
from vae.presets import preset_of
from vae.report import seen_as
from vae.runs import Run, RunNotFoundError

record = frame.page(
    "pages/train.py", "Choose settings, start a training and watch it learn. It goes on when you close this page."
)
run = run_from_url(record)


def watch(run_id: str, active: bool) -> None:
    """What changes with the state of the run, and a board with what changes while it trains."""
    try:
        run = record.get(run_id)
    except RunNotFoundError:
        st.rerun()  # somebody deleted it; the page then says so
    controls.show(record, run)
    if run.error:
        st.error(plain(run.error))
    outlook.alarm(record, run)
    board.show(record, board.Board((run.id,)), [run])
    board.show(record, board.Board((run.id,), "tests"), [run])
    if run.active != active:
        st.rerun()


def outcome(run: Run) -> None:
    """What came out, and where to look next."""
    if run.result:
        show = st.warning if run.result["active_units"] == 0 else st.success
        tested = f"Tested on {run.result['images']:,} images {seen_as(run.config, run.result['images'])}."
        show(f"{run.result['verdict']} {tested}", title="What it learned")
        if run.result["active_units"] == 0:
            outlook.offer_cure(record, run)
    if run.step:
        with st.expander("The same loss in other units", icon=":material/translate:"):
            outlook.translation(record, run)
        exports.as_code(record, run)
    with st.container(horizontal=True):
        for path in ("pages/reconstructions.py", "pages/latent_space.py"):
            title, icon = frame.PAGES[path]
            st.page_link(path, label=f"See its {title.lower()}", icon=icon, query_params={"run": run.id})
        mates = [mate.id for mate in record.newest(race=run.race)] if run.race else [run.id]
        st.page_link(
            "pages/compare.py", label="Compare", icon=":material/compare_arrows:", query_params={"runs": mates}
        )


if run:
    st.subheader(plain(label(run)))
    others = [mate for mate in record.newest(race=run.race) if mate.id != run.id] if run.race else []
    for mate in others:
        st.page_link("pages/train.py", label=f"In a race with: {plain(label(mate))}", query_params={"run": mate.id})
    st.fragment(watch)(run.id, run.active)
    if not run.active:
        outcome(run)

if run:
    form = forms.another(run)
    if not form.open:
        st.stop()
else:
    form = st.container()
with form:
    config = forms.config_form()
    uploading.show(record)
    if config is None:
        st.stop()
    outlook.before_start(config)
    loops = forms.pick_loops()
    guesses = [estimate.seconds(record, config, loop) for loop in loops]
    known = "as measured here before" if all(measured for _, measured in guesses) else "a guess until one has run here"
    total = live.duration(sum(seconds for seconds, _ in guesses))
    st.caption(f"{config.steps:,} steps for each loop; about {total} in all ({known}).")
    preset = preset_of(config)
    if visitors.start_button("Start training", record, [config] * len(loops), icon=":material/play_arrow:") and (
        ids := visitors.do(requests.start, record, config, loops, preset.title if preset else "Own settings")
    ):
        if len(ids) > 1:
            st.switch_page("pages/compare.py", query_params={"runs": ids})
        st.switch_page("pages/train.py", query_params={"run": ids[0]})
    if not run and not record.newest(limit=1):
        st.caption("Nothing has been trained here yet. The settings above are the tutorial's: just press Start.")
