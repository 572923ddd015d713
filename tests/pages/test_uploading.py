"""Images of one's own, from the upload to the pages that look at a model of them."""

import numpy as np
import psutil
import pytest

from tests import uploaded
from tests.conftest import train_here
from vae import data, own_data
from vae.config import RunConfig
from vae.jobs.processes import born
from vae.runs import open_store
from vae.training import train

TRAIN = "pages/train.py"
KIND = "application/octet-stream"


def upload(page, content, name="My digits.npz"):
    return page.file_uploader[0].set_value((name, content, KIND)).run(timeout=90)


def press(page, label):
    return next(button for button in page.button if button.label == label).click().run(timeout=90)


def words(page):
    return " ".join(element.value for element in [*page.markdown, *page.caption, *page.success])


@pytest.fixture(scope="module", params=["labelled", "few and unlabelled"])
def model_of_own(request, tmp_path_factory):
    """A small run on an own set; the app and the terminal use its record."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_LAB_ARTIFACTS", str(tmp_path_factory.mktemp("own")))
        patch.delenv("VAE_LAB_DATABASE_URL", raising=False)
        record = open_store()
        if request.param == "labelled":
            x, y = uploaded.some(700)
            own = own_data.keep("Three *digits*", x[y < 3], y[y < 3], ["zero", "one", "two"])
        else:
            own = own_data.keep("Few", uploaded.some(64)[0], np.zeros(64, np.uint8), ["image"])
        images = max(64, own.count - own.count // 7)
        likelihood = {"likelihood": "bernoulli", "inputs": "dynamic"} if request.param == "labelled" else {}
        config = RunConfig(dataset=own.name, images=images, epochs=2, latent_dim=4, kl_reduction="sum", **likelihood)
        yield train_here(record, config)


def test_an_upload_is_previewed_kept_chosen_and_started(app, record):
    x, y = uploaded.some(140)
    page = upload(app(TRAIN), uploaded.npz(x=x, y=y))
    assert not page.exception and not page.error
    assert "140 images of 28 × 28 pixels; values from 0 to 255; 10 classes" in words(page).replace("\\", "")
    assert len(page.image[0].value) == 24
    assert own_data.kept() == []
    page = press(page, "Use these images")
    assert not page.exception and not page.error
    own = own_data.kept()[0]
    assert own.title == "My digits" and "**My digits** is kept" in words(page)
    assert page.selectbox(key="dataset").value == own.name
    assert page.query_params["dataset"] == own.name
    assert not page.image
    press(page, "Start training")
    run = record.newest()[0]
    assert (run.config.dataset, run.config.images) == (own.name, 120)
    me = psutil.Process()
    record.claim(run.id, me.pid, born(me))
    assert train(record, run.id).result["images"] == 20


def test_what_cannot_be_used_is_one_sentence_and_the_form_stays(app, record):
    page = app(TRAIN)
    page.number_input(key="epochs").set_value(7).run()
    page = upload(page, uploaded.bomb(), "bomb.zip")
    assert not page.exception
    assert page.error[0].value.replace("\\", "").startswith("Expanded, the archive would take up 9,537 MB")
    assert page.number_input(key="epochs").value == 7
    assert "Use these images" not in [button.label for button in page.button]


@pytest.fixture
def own(record):
    x, y = uploaded.some(140)
    return own_data.keep("Some [digits](x)", x, y, [str(n) for n in range(10)])


def test_a_link_chooses_an_own_set(app, own):
    page = app(TRAIN, dataset=own.name, images="100", kl_reduction="sum")
    assert not page.exception and not page.warning and not page.error
    assert page.selectbox(key="dataset").value == own.name
    assert page.number_input(key="images").value == 100


def test_choosing_another_set_takes_all_its_training_images(app, own):
    page = app(TRAIN)
    page.selectbox(key="dataset").set_value(own.name).run()
    assert page.number_input(key="images").value == 120 and not page.error
    page.selectbox(key="dataset").set_value("mnist").run()
    assert page.number_input(key="images").value == 60_000
    assert "dataset" not in page.query_params


def test_more_images_than_there_are_are_one_sentence_before_the_start(app, own):
    page = app(TRAIN, dataset=own.name)
    assert not page.exception
    assert page.error[0].value.startswith("images = 60000 is not possible: the data set own-")
    assert "Start training" not in [button.label for button in page.button]
    page.number_input(key="images").set_value(120).run()
    assert not page.error and "Start training" in [button.label for button in page.button]


def test_a_link_to_a_set_that_is_not_here_says_so(app, record):
    page = app(TRAIN, dataset="own-" + "a" * 16)
    assert not page.exception
    assert "The data set own-aaaaaaaaaaaaaaaa is not here: upload it again." in page.warning[0].value
    assert page.selectbox(key="dataset").value == "mnist"


def test_a_set_is_deleted_on_the_page_when_no_run_uses_it(app, record, own):
    run_id = record.create(RunConfig(dataset=own.name, images=120), "tape")
    page = app(TRAIN)
    assert page.button(key=f"delete_{own.name}").disabled
    record.end(run_id, "stopped")
    record.delete(run_id)
    page = app(TRAIN, dataset=own.name, images="120")
    page.button(key=f"delete_{own.name}").click().run()
    assert not page.exception and own_data.kept() == []
    assert page.selectbox(key="dataset").value == "mnist"


PAGES = [
    (TRAIN, {}),
    ("pages/reconstructions.py", {"which": "random", "count": "40"}),
    ("pages/reconstructions.py", {"which": "worst"}),
    ("pages/reconstructions.py", {"which": "nearest to collapse"}),
    ("pages/latent_space.py", {}),
    ("pages/compare.py", {}),
    ("pages/runs.py", {}),
]


@pytest.mark.parametrize(("path", "query"), PAGES)
def test_every_page_works_with_a_model_of_an_own_set(app, model_of_own, path, query):
    run = model_of_own
    assert run.state == "finished", run.error
    page = app(path, run=run.id, runs=[run.id], **query)
    assert not page.exception and not page.error


def test_its_classes_can_be_picked(app, model_of_own):
    page = app("pages/reconstructions.py", run=model_of_own.id)
    pills = page.button_group(key="digits")
    assert pills.options == list(data.entry(model_of_own.config.dataset).labels)
    pills.set_value([pills.options[0]]).run()
    assert not page.exception


def test_an_uploaded_picture_is_compared_with_its_classes(app, model_of_own):
    page = app("pages/reconstructions.py", run=model_of_own.id)
    picture = uploaded.picture(uploaded.some(3)[0][2])
    page = page.file_uploader(key="own_file").set_value(("digit.png", picture, "image/png")).run()
    assert not page.exception and not page.warning
    assert "test images with the nearest codes" in words(page)


def test_pages_on_a_run_whose_set_is_gone_say_so(app, record, own):
    config = RunConfig(dataset=own.name, images=120, epochs=1, latent_dim=2, kl_reduction="sum")
    run = train_here(record, config)
    for ending in ("json", "npz"):
        (record.folder / "datasets" / f"{own.sha256}.{ending}").unlink()
    data.load.cache_clear()
    for path in ("pages/reconstructions.py", "pages/latent_space.py"):
        page = app(path, run=run.id)
        assert not page.exception
        assert page.error[0].value == f"The data set {own.name} is not here: upload it again."
    page = app(TRAIN, run=run.id)
    assert not page.exception
