"""The page: complete in itself, small, true, and deaf to hostile names."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from tests.conftest import SMALL
from tests.snapshot.conftest import data_of
from tests.snapshot.test_markup import HOSTILE
from vae import __version__
from vae.config import RunConfig
from vae.data import DATASETS
from vae.runs.environment import commit
from vae.snapshot import SnapshotError, snapshot, story
from vae.snapshot.models import Shown


class Elements(HTMLParser):
    """The elements of a page and their attributes, and the text of each kind."""

    def __init__(self, page):
        super().__init__()
        self.found, self.text, self.inside = [], {}, []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self.inside.append(tag)

    def handle_data(self, data):
        if self.inside:
            self.text[self.inside[-1]] = self.text.get(self.inside[-1], "") + data

    def named(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


def test_it_is_small(race_page):
    assert len(race_page) < 1_000_000


def test_it_names_no_address(race_page):
    assert not re.search(r"https?:|wss?:|//\w+\.|@import|url\(", race_page)
    sources = [
        value for _, attrs in Elements(race_page).found for name, value in attrs.items() if name in ("src", "href")
    ]
    assert sources and all(source.startswith("data:image/png;base64,") for source in sources)


def test_its_policy_allows_its_own_script_and_style_and_nothing_else(race_page):
    policy = next(meta["content"] for meta in Elements(race_page).named("meta") if "http-equiv" in meta)
    script, style = (
        re.search(pattern, race_page, re.DOTALL)[1] for pattern in ("<script>(.*?)</script>", "<style>(.*?)</style>")
    )
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_the_same_runs_give_the_same_page(trained, race_page):
    assert snapshot(*trained).decode() == race_page


def test_a_race_says_what_compare_says(race_page):
    assert '<p class="verdict">Identical to the last bit for 20 steps.</p>' in race_page


def test_equal_models_are_shown_once(race_page):
    assert len(data_of(race_page)["models"]) == 1


def test_a_run_has_its_verdict_and_its_test_figures(trained):
    store, (run, _) = trained
    page = snapshot(store, [run]).decode()
    assert run.result["verdict"] in page
    assert f"<dd>{run.result['reconstruction']:.4f}</dd>" in page in page and "of 4</dd>" in page


def test_the_curves_are_the_records(trained, race_page):
    store, (run, _) = trained
    data = data_of(race_page)
    line = data["curves"]["lines"]["loss"]["raw"][0]
    packed = base64.b64decode(data["arrays"][line["y"]]["data"])
    assert np.array_equal(np.frombuffer(packed, "<f4"), store.metrics(run.id).loss.astype(np.float32))


def test_only_settings_that_are_not_the_tutorials_are_listed_and_folded(race_page):
    details = re.search("<details>(.*?)</details>", race_page)[1]
    assert re.findall('<th scope="row">(.*?)</th>', details) == [
        "Training images",
        "Epochs",
        "Latent dimension",
        "KL over units",
    ]
    assert "<td>640</td><td>60,000</td>" in details


def test_it_says_what_made_it_and_whose_images_it_shows(race_page):
    footer = re.search("<footer>(.*?)</footer>", race_page)[1]
    assert f"VAE Lab {__version__}" in footer and commit() in footer and "Yann LeCun" in footer


def test_every_built_in_dataset_is_thanked_for():
    assert set(story.THANKS) == set(DATASETS)


def test_every_picture_says_what_it_is(race_page):
    images = Elements(race_page).named("img")
    assert len(images) == 2 * 20 and all(
        re.fullmatch(r"Test image \d+, \d: (original|reconstruction)", i["alt"]) for i in images
    )


def test_a_hostile_name_is_only_text(trained, race_page):
    store, runs = trained
    page = snapshot(store, [replace(run, name=f"{HOSTILE}{n}") for n, run in enumerate(runs)]).decode()
    kinds = [tag for tag, _ in Elements(page).found]
    assert kinds == [tag for tag, _ in Elements(race_page).found]
    assert Elements(page).text["h1"] == f"{HOSTILE}0 and {HOSTILE}1"
    assert Elements(page).text["title"].strip() == f"{HOSTILE}0 and {HOSTILE}1 · VAE Lab"


def test_a_hostile_name_of_a_curve_is_only_text(trained):
    store, runs = trained
    # Equal loops and settings, so that the names tell them apart.
    pair = [replace(run, name=f"{HOSTILE}{n}", loop="tape") for n, run in enumerate(runs)]
    page = snapshot(store, pair).decode()
    assert len(Elements(page).named("script")) == 2
    assert [name.startswith(HOSTILE) for name in data_of(page)["curves"]["names"]] == [True, True]


def test_a_run_without_weights_is_one_sentence(record):
    run = record.get(record.create(SMALL, "tape"))
    with pytest.raises(SnapshotError, match=f"^The run {run.id} has no weights yet; train it first.$"):
        snapshot(record, [run])


def test_no_run_is_one_sentence(record):
    with pytest.raises(SnapshotError, match="^A snapshot needs at least one run.$"):
        snapshot(record, [])


def test_a_run_that_was_stopped_says_where(trained):
    store, (run, _) = trained
    page = snapshot(store, [replace(run, state="stopped", step=13, result=None)]).decode()
    assert "Stopped after 13 of 20 steps." in page


def test_models_that_saw_other_images_have_reconstructions_of_their_own(trained):
    run = trained[1][0]
    drawn = replace(run, config=RunConfig(inputs="threshold"))
    answers = np.zeros((20, 784), np.float32)
    told = story.reconstructions([Shown([run], {}, answers), Shown([drawn], {}, answers)], ["one", "two"])
    assert told.count("Each column") == 2
