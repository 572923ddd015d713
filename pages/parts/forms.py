"""The form of a training, made from `RunConfig`; the URL carries what differs from the tutorial."""

from typing import Any

import streamlit as st
from pydantic.fields import FieldInfo
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

from pages.parts import datasets, frame
from pages.parts.pickers import begin_without, check_url
from vae.config import RunConfig
from vae.data import DataError, check
from vae.loops import LOOPS
from vae.presets import PRESETS, preset_of
from vae.runs import Run
from vae.settings import ConfigError, ConflictError, bounds, choices, parse_config

FIRST = ("epochs", "latent_dim", "kl_reduction", "batch_size")
GROUPS = {
    "Objective": (
        "likelihood",
        "sigma",
        "inputs",
        "kl_weight",
        "warm_up",
        "warm_up_epochs",
        "free_bits",
        "bound",
        "samples",
    ),
    "Network and optimizer": (
        "network",
        "intermediate_dim",
        "more_layers",
        "activation",
        "learning_rate",
        "schedule",
        "clip_norm",
    ),
}
ICONS = {"Objective": ":material/target:", "Network and optimizer": ":material/account_tree:"}
RACE = "Race: tape and fit"
LOOP_CHOICES: dict[str, tuple[str, ...]] = {
    RACE: ("tape", "fit"),
    **{entry.title: (loop,) for loop, entry in LOOPS.items()},
}


def config_form() -> RunConfig | None:
    """Draws the presets and a widget for every setting.

    Returns:
        the settings as they stand; None, with a sentence, if they do not go together or the images are not there.
    """
    _check_url()
    titles = {preset.title: key for key, preset in PRESETS.items()}
    st.session_state["preset_choice"] = _matching_preset()
    st.selectbox(
        "Preset",
        list(titles),
        index=None,
        key="preset_choice",
        placeholder="Own settings",
        on_change=lambda: _apply(titles.get(st.session_state["preset_choice"])),
        help="A set of settings that is known for something. Choosing one fills in the form; you can then change it.",
    )
    values: dict[str, Any] = {}
    with st.grid(4, min_column_width=180):
        for name in FIRST:
            values[name] = _widget(name, RunConfig.model_fields[name])
    named = {name for names in GROUPS.values() for name in names}
    rest = [name for name in RunConfig.model_fields if name not in {*FIRST, *named}]
    for title, names in {**GROUPS, "Data, seeds and speed": rest}.items():
        with st.expander(title, icon=ICONS.get(title, ":material/tune:")), st.grid(3, min_column_width=180):
            for name in names:
                values[name] = _widget(name, RunConfig.model_fields[name])
    try:
        config = parse_config({name: value for name, value in values.items() if value is not None})
        check(config)
    except (ConfigError, DataError) as error:
        st.error(str(error))
        return None
    if preset := preset_of(config):
        st.caption(f"**{preset.title}.** {preset.comment}")
    return config


def another(run: Run) -> ExpanderContainer:
    """The part for the form beside a run; who opens it finds the run's settings in it."""
    key = "another"

    def fill() -> None:
        if st.session_state[key]:
            st.session_state.update(run.config.model_dump())

    asked = not {*RunConfig.model_fields, "loop"}.isdisjoint(st.query_params)
    return frame.lazy("Train another", key, ":material/add:", asked, fill)


def pick_loops() -> tuple[str, ...]:
    """Draws the choice of loops: one, or the race of two."""
    check_url("loop", LOOP_CHOICES.__contains__, "one of " + ", ".join(LOOP_CHOICES))
    chosen = st.segmented_control(
        "Loop",
        list(LOOP_CHOICES),
        default=RACE,
        required=True,
        key="loop",
        wrap=True,
        bind="query-params",
        help="Who does the training. The loops do the same arithmetic on the same images in the same order; a race "
        "trains with one after the other, so that they do not slow each other down.",
    )
    loops = LOOP_CHOICES.get(chosen or RACE, LOOP_CHOICES[RACE])
    st.caption(" ".join(LOOPS[loop].description for loop in loops))
    return loops


def _widget(name: str, field: FieldInfo) -> Any:
    if name == datasets.KEY:
        return datasets.pick(field)
    shared = {"label": field.title or name, "help": field.description, "key": name, "bind": "query-params"}
    if values := choices(field):
        return st.selectbox(options=values, index=values.index(field.default), **shared)
    if field.annotation is str:
        return st.text_input(value=field.default, max_chars=24, placeholder="none", **shared)
    limits = bounds(field)
    if field.annotation is int:
        return st.number_input(min_value=int(limits["ge"]), max_value=int(limits["le"]), value=field.default, **shared)
    low, high = float(limits.get("ge", limits.get("gt", 0))), float(limits["le"])
    return st.number_input(
        min_value=low, max_value=high, value=field.default, step=field.default / 10 or 0.1, format="%g", **shared
    )


def _matching_preset() -> str | None:
    """The title of the preset that the form holds now, unchanged."""
    names = RunConfig.model_fields
    held = {name: st.session_state.get(name, st.query_params.get(name)) for name in names}
    try:
        preset = preset_of(parse_config({name: value for name, value in held.items() if value is not None}))
    except ConfigError:
        return None
    return preset and preset.title


def _apply(preset: str | None) -> None:
    """Fills the form with a preset's settings; an undone choice leaves it as it is."""
    if preset:
        for name, value in PRESETS[preset].config.model_dump().items():
            st.session_state[name] = value


def _check_url() -> None:
    """Says which settings of the address are impossible; the page begins again without them."""
    if sentence := datasets.missing():
        st.warning(f"{sentence} Until then the usual one is used.")
    refused = {}
    for name in RunConfig.model_fields:
        if name in st.query_params:
            try:
                parse_config({name: st.query_params[name]})
            except ConflictError:
                continue  # alone it does not fit the tutorial's other settings; the form judges them together
            except ConfigError as error:
                refused[name] = f"The address is not quite right: {error}"
    begin_without("pages/train.py", refused, " The usual value is used.")
