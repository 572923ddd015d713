"""What strangers may put into settings and addresses: a sentence at most, never a traceback.

`pytest --hypothesis-profile thorough tests/pages/test_fuzz.py` tries ten thousand of each.
"""

import re

import hypothesis
import pytest
from hypothesis import strategies as st

from pages.parts import corners, plane
from tests.conftest import PROJECT
from vae.config import RunConfig
from vae.settings import ConfigError, parse_config

# Every key that a page or a part of it binds to the address, and those that are read by name or bound from a table.
SOURCES = [*PROJECT.glob("pages/*.py"), *PROJECT.glob("pages/parts/*.py")]
KEYS = sorted({key for file in SOURCES for key in re.findall(r"\bkey=\"(\w+)\"", file.read_text())})
KEYS += [*RunConfig.model_fields, *plane.THREE.values(), *corners.CORNERS.values(), "x", "y"]
KEYS += ["run", "runs", "embed", "%", ""]
PAGES = ["streamlit_app.py", *(f"pages/{file.name}" for file in sorted(PROJECT.glob("pages/*.py")))]
HOSTILE = st.sampled_from(
    ["-1", "0", "1e999", "nan", "٣", "true", "null", "[]", "x,y;z", "=1+1", "9" * 20, "a" * 32, "f" * 5000, "first"]
    + ["worst", "../../etc/passwd", "<script>alert(1)</script>", "' OR 1=1 --", "$\\frac{1}{0}$", "\x00", "\ufffd"]
)
TEXT = st.one_of(HOSTILE, st.text(max_size=40), st.integers().map(str), st.floats().map(str))
VALUE = st.one_of(TEXT, st.none(), st.booleans(), st.integers(), st.floats(), st.lists(TEXT, max_size=2))
SETTINGS = sorted(RunConfig.model_fields)


@hypothesis.given(st.dictionaries(st.one_of(st.sampled_from(SETTINGS), TEXT), VALUE, max_size=6))
def test_any_settings_are_a_config_or_one_sentence(values):
    try:
        config = parse_config(values)
    except ConfigError as error:
        assert "\n" not in str(error) and len(str(error)) < 800
    else:
        assert config == RunConfig.model_validate(config.model_dump())
        assert config.steps > 0 and config.step_flops > 0


@pytest.mark.parametrize("page", PAGES)
def test_any_address_shows_the_page(app, full_record, page):
    @hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // len(PAGES))
    @hypothesis.given(st.dictionaries(st.sampled_from(KEYS), st.one_of(TEXT, st.lists(TEXT, max_size=3)), max_size=5))
    def opens(query):
        shown = app(page, **query)
        assert not shown.exception
        for said in [*shown.error, *shown.warning]:
            assert len(said.value) < 800 and "Traceback" not in said.value

    opens()


@pytest.mark.parametrize(
    ("page", "key"),
    [("train", "epochs"), ("compare", "seeds"), ("reconstructions", "draw"), ("latent_space", "sample")],
)
def test_an_infinite_number_is_a_sentence_and_the_rest_of_the_address_stays(app, full_record, page, key):
    shown = app(f"pages/{page}.py", **{key: "1e999", "": "inf", "embed": "true"})
    assert not shown.exception
    assert any(f"{key} = 1e999 in the address" in said.value for said in shown.warning)
    assert key not in shown.query_params and "embed" in shown.query_params


def test_every_refused_value_is_told_once_also_when_the_page_begins_again_twice(app, full_record):
    shown = app("pages/train.py", epochs="inf", batch_size="3.7", seed="nine", images="1000")
    told = [said.value for said in shown.warning if "address" in said.value]
    assert len(told) == 3 and not shown.exception
    assert told[0].startswith("epochs = inf") and all(said.endswith("The usual value is used.") for said in told[1:])
    assert {"epochs", "batch_size", "seed"}.isdisjoint(shown.query_params) and "images" in shown.query_params
    assert not any("address" in said.value for said in shown.run().warning)
