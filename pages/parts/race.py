"""Starting a race: the same training by several loops, one after the other, with one seed or several."""

import streamlit as st

from pages.parts import live, visitors
from pages.parts.pickers import check_url, whole_number
from vae import requests
from vae.jobs import estimate, local
from vae.loops import LOOPS
from vae.presets import PRESETS
from vae.runs import Store

DEFAULT = ("tape", "fit")
KEYS = frozenset({"loops", "preset", "seeds"})
STARTED = "race_started"


def launcher(record: Store) -> None:
    """Draws the choice of preset, loops and seeds, and a button that queues the runs and shows them."""
    presets = {preset.title: preset for preset in PRESETS.values()}
    titles = {entry.title: loop for loop, entry in LOOPS.items()}
    check_url("preset", presets.__contains__, "one of " + ", ".join(presets))
    check_url("loops", titles.__contains__, "one of " + ", ".join(titles))
    check_url("seeds", whole_number(1, local.MAX_SEEDS), f"a whole number from 1 to {local.MAX_SEEDS}")
    chosen = st.pills(
        "Loops",
        list(titles),
        selection_mode="multi",
        default=[LOOPS[loop].title for loop in DEFAULT],
        key="loops",
        bind="query-params",
        help="Who takes part, two or more. They start from the same weights and see the same images and the same "
        "noise, one after the other, so that they do not slow each other down.",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        preset = st.selectbox(
            "Settings",
            list(presets),
            key="preset",
            bind="query-params",
            help="What is trained. Train has a form with every setting, and starts races too.",
        )
        seeds = st.number_input(
            "Seeds",
            1,
            local.MAX_SEEDS,
            key="seeds",
            bind="query-params",
            help="Repeats the race with other first weights, orders and noise. Several seeds show what is chance.",
        )
        config, loops = presets[preset].config, tuple(titles[title] for title in chosen)
        few = "Choose two loops or more." if len(loops) < 2 else ""
        configs = [config] * (len(loops) * seeds)
        start = visitors.start_button("Start the race", record, configs, icon=":material/flag:", why_not=few)
    if few:
        return
    total = seeds * sum(estimate.seconds(record, config, loop)[0] for loop in loops)
    st.caption(f"{config.steps:,} steps for each loop and seed; about {live.duration(total)} in all.")
    if start and (ids := visitors.do(requests.start, record, config, loops, preset, seeds)):
        st.session_state[STARTED] = True
        st.query_params["runs"] = ids
        st.rerun()
