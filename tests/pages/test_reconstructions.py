"""The page that lays test images beside what a model makes of them."""

import base64
import io
import json
import re
import shutil

import numpy as np
import psutil
import pytest
from PIL import Image

from tests.conftest import SMALL, new_record, train_here
from vae import data, figures, latent
from vae.jobs import likelihood
from vae.jobs.processes import born
from vae.runs import likelihoods, weights
from vae.training import load_model

PAGE = "pages/reconstructions.py"
COLLAPSED = SMALL.model_copy(update={"kl_reduction": "mean", "kl_weight": 100.0, "images": 6400})


def pixels(url: str) -> np.ndarray:
    """What an image on the page holds: an SVG around a PNG, as a data address."""
    svg = base64.b64decode(url.split(",", 1)[1]).decode()
    png = re.search(r"base64,([^\"]+)", svg)
    assert png
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(png[1]))))


def warnings(page) -> str:
    return " ".join(element.value for element in page.warning)


def test_an_empty_page_says_what_to_do(app, record):
    page = app(PAGE)
    assert not page.exception
    assert "Train one" in page.info[0].value
    assert "Train a model" in [link.value for link in page.page_link]


def test_the_newest_run_is_shown_at_its_last_epoch(app, full_record):
    page = app(PAGE)
    assert not page.exception
    assert page.select_slider(key="epoch").value == "epoch 2"
    assert len(page.image[0].value) == 16


def test_a_column_is_original_reconstruction_and_error(app, full_record, trained):
    page = app(PAGE, run=full_record[0].id)
    model = load_model(trained[0], full_record[0], full_record[0].config.steps)
    x = data.load("mnist").x_test
    answer = latent.decode(model, latent.draw_z(latent.encode(model, x), 0)[:16])
    drawn = pixels(page.image[0].value[3])
    part = 28 + figures.GAP
    np.testing.assert_array_equal(drawn[:28, :, :1], figures.ink(x)[3])
    np.testing.assert_allclose(drawn[part : part + 28, :, :1].astype(int), figures.ink(answer)[3], atol=1)
    np.testing.assert_allclose(drawn[2 * part :, :, :3].astype(int), figures.error(x[:16], answer)[3], atol=1)


def test_it_is_said_how_the_model_sees_the_images(app, full_record):
    page = app(PAGE)
    assert any("**original** in grey" in element.value for element in page.markdown)
    assert "trained on none of them" in page.segmented_control(key="which").help


def test_a_caption_tells_the_digit_and_its_error(app, full_record):
    captions = app(PAGE).image[0].captions
    assert [re.sub(r"\D.*", "", caption.strip("*")) for caption in captions[:4]] == ["7", "2", "1", "0"]
    assert re.search(r"0\.\d{3}$", captions[0])


def test_as_many_are_shown_as_asked_for(app, full_record):
    page = app(PAGE)
    page.slider(key="count").set_value(40).run()
    assert len(page.image[0].value) == 40


def test_only_the_digits_asked_for_are_shown(app, full_record):
    page = app(PAGE)
    page.pills(key="digits").set_value(["3", "7"]).run()
    assert {caption[2] for caption in page.image[0].captions} == {"3", "7"}


def test_random_images_are_other_ones(app, full_record):
    page = app(PAGE)
    first = page.image[0].value
    page.segmented_control(key="which").set_value("random").run()
    assert not page.exception
    assert page.image[0].value != first


@pytest.mark.parametrize("decoded", ["a sample", "the mean"])
def test_the_best_and_the_worst_stand_at_the_ends(app, full_record, decoded):
    page = app(PAGE, which="best", decode=decoded)
    errors = {}
    for which in ("best", "worst"):
        page.segmented_control(key="which").set_value(which).run()
        assert not page.exception
        errors[which] = [float(caption.split("· ")[1]) for caption in page.image[0].captions]
    assert errors["best"] == sorted(errors["best"])
    assert errors["worst"] == sorted(errors["worst"], reverse=True)
    assert errors["best"][-1] < errors["worst"][-1]


def test_another_draw_number_is_another_draw(app, full_record):
    page = app(PAGE, which="random")
    first = page.image[0].value
    page.number_input(key="draw").set_value(5).run()
    assert page.image[0].value != first


def test_decoding_the_mean_is_not_decoding_a_sample(app, full_record):
    page = app(PAGE)
    first = page.image[0].value
    page.segmented_control(key="decode").set_value("the mean").run()
    assert page.image[0].value != first


def test_an_earlier_epoch_answers_differently(app, full_record):
    page = app(PAGE)
    first = page.image[0].value
    page.select_slider(key="epoch").set_value("before training").run()
    assert not page.exception
    assert page.image[0].value != first


def test_a_link_carries_everything_that_was_chosen(app, full_record):
    link = {
        "count": "5",
        "which": "random",
        "draw": "9",
        "decode": "the mean",
        "digits": ["1", "8"],
        "epoch": "epoch 1",
    }
    by_link = app(PAGE, run=full_record[0].id, **link)
    by_hand = app(PAGE, run=full_record[0].id)
    by_hand.slider(key="count").set_value(5)
    by_hand.segmented_control(key="which").set_value("random").run()
    by_hand.number_input(key="draw").set_value(9)
    by_hand.segmented_control(key="decode").set_value("the mean")
    by_hand.pills(key="digits").set_value(["1", "8"])
    by_hand.select_slider(key="epoch").set_value("epoch 1").run()
    assert by_link.image[0].value == by_hand.image[0].value
    assert not by_link.warning


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("count", "3"),
        ("count", "many"),
        ("which", "last"),
        ("decode", "<b>"),
        ("digits", "ten"),
        ("epoch", "epoch 99"),
    ],
)
def test_a_bad_address_gets_one_sentence_and_the_usual_page(app, full_record, key, value):
    page = app(PAGE, **{key: value})
    assert not page.exception
    assert f"{key} = {value}" in warnings(page)
    assert len(page.warning) == 1
    assert len(page.image[0].value) == 16


def test_a_bad_draw_number_gets_one_sentence(app, full_record):
    page = app(PAGE, which="random", draw="-1")
    assert not page.exception
    assert "draw = -1" in warnings(page)


def test_a_deleted_run_is_said_to_be_gone_and_another_is_shown(app, full_record):
    page = app(PAGE, run="0" * 32)
    assert not page.exception
    assert "There is no run" in warnings(page)
    assert page.image


def test_a_model_is_compared_with_the_mean_image(app, full_record):
    page = app(PAGE)
    figures_shown = {metric.label: metric.value for metric in page.metric}
    result = full_record[0].result
    assert figures_shown["Error"] == f"{result['reconstruction']:.4f}"
    assert figures_shown["Mean image's error"] == f"{result['mean_image']:.4f}"
    assert figures_shown["PCA's error"] == f"{result['pca']:.4f}"
    assert figures_shown["Variance of the answers"] == f"{result['reconstruction_variance']:.2g}"
    assert figures_shown["Active units"] == f"{result['active_units']} of 4"


def test_a_model_that_was_trained_on_the_test_images_says_so(app, record):
    train_here(record, SMALL.model_copy(update={"images": 70_000, "batch_size": 4096, "epochs": 1}))
    page = app(PAGE)
    assert not page.exception
    assert any("in grey, all of which it was trained on" in caption.value for caption in page.caption)
    assert "was trained on them, too" in page.segmented_control(key="which").help


def test_a_collapsed_model_is_said_to_be_one(app, record):
    run = train_here(record, COLLAPSED)
    page = app(PAGE)
    assert not page.exception
    assert run.result and run.result["verdict"] in warnings(page)
    assert "Train it with the KL summed" in [link.value for link in page.page_link]


def test_a_model_that_collapsed_later_is_not_blamed_before(app, record):
    train_here(record, COLLAPSED)
    assert "has not happened yet" in warnings(app(PAGE, epoch="before training"))


def test_a_run_that_waits_has_nothing_to_show_yet(app, record):
    page = app(PAGE, run=record.create(SMALL, "tape"))
    assert not page.exception
    assert "no weights yet" in page.info[0].value


def test_a_run_that_ended_without_weights_says_so(app, record):
    run = record.create(SMALL, "tape")
    record.ask_stop(run)
    page = app(PAGE, run=run)
    assert not page.exception
    assert "choose another one" in page.info[0].value


def test_a_run_that_trains_shows_its_epochs_so_far(app, record):
    run = record.create(SMALL, "tape")
    record.claim(run, 1, 1.0)
    shutil.copytree(_weights_of_a_trained(record), record.weights_folder(run))
    page = app(PAGE, run=run)
    assert not page.exception
    assert page.image


def _weights_of_a_trained(record):
    return record.weights_folder(train_here(record, SMALL.model_copy(update={"epochs": 1})).id)


def test_damaged_weights_are_said_to_be_damaged(app, trained, tmp_path, monkeypatch):
    record, runs = trained
    shutil.copytree(record.folder, tmp_path / "runs")
    file = weights.path(tmp_path / "runs" / runs[0].id, runs[0].config.steps)
    file.write_bytes(file.read_bytes()[:3000])
    monkeypatch.setenv("VAE_LAB_ARTIFACTS", str(tmp_path / "runs"))
    page = app(PAGE, run=runs[0].id)
    assert not page.exception
    assert "damaged" in page.error[0].value
    page.select_slider(key="epoch").set_value("epoch 1").run()
    assert page.image


def test_an_epoch_that_another_run_has_not_gives_its_last_one(app, record):
    long, short = (train_here(record, SMALL.model_copy(update={"epochs": epochs})) for epochs in (3, 1))
    page = app(PAGE, run=long.id)
    page.select_slider(key="epoch").set_value("epoch 2").run()
    page.selectbox(key="picked_run").set_value(short.id).run()
    assert not page.exception
    assert not page.warning
    assert page.select_slider(key="epoch").value == "epoch 1"


def test_who_chose_no_epoch_sees_the_last_one_of_every_run(app, record):
    long, short = (train_here(record, SMALL.model_copy(update={"epochs": epochs})) for epochs in (3, 1))
    page = app(PAGE, run=short.id)
    page.selectbox(key="picked_run").set_value(long.id).run()
    assert page.select_slider(key="epoch").value == "epoch 3"


@pytest.fixture
def fashion(record, monkeypatch):
    """A run on a Fashion-MNIST that holds MNIST's images, for want of a network."""
    entry = data.DATASETS["fashion_mnist"]
    monkeypatch.setitem(data.DATASETS, "fashion_mnist", entry._replace(load=data.DATASETS["mnist"].load))
    data.load.cache_clear()
    yield train_here(record, SMALL.model_copy(update={"dataset": "fashion_mnist", "epochs": 1}))
    data.load.cache_clear()


def test_fashion_has_classes_with_names(app, fashion):
    page = app(PAGE, run=fashion.id, digits="Ankle boot")
    assert not page.exception
    assert not page.warning
    assert all("Ankle boot" in caption for caption in page.image[0].captions)


def test_picked_digits_do_not_hinder_another_dataset(app, record, fashion):
    digits = train_here(record, SMALL.model_copy(update={"epochs": 1}))
    page = app(PAGE, run=digits.id)
    page.pills(key="digits").set_value(["3"]).run()
    page.selectbox(key="picked_run").set_value(fashion.id).run()
    assert not page.exception
    assert len(page.image[0].value) == 16


def test_a_dataset_that_cannot_be_had_is_one_sentence(app, fashion, monkeypatch):
    def fail():
        raise data.DataError("Fashion-MNIST could not be downloaded.")

    monkeypatch.setitem(data.DATASETS, "fashion_mnist", data.DATASETS["fashion_mnist"]._replace(load=fail))
    data.load.cache_clear()
    page = app(PAGE, run=fashion.id)
    assert not page.exception
    assert [element.value for element in page.error] == ["Fashion-MNIST could not be downloaded."]


@pytest.fixture(scope="module")
def binary(tmp_path_factory):
    """A folder with a run that has a likelihood, and the run."""
    store = new_record(tmp_path_factory.mktemp("binary"))
    return store, train_here(store, SMALL.model_copy(update={"likelihood": "bernoulli", "inputs": "dynamic"}))


@pytest.fixture
def binary_page(app, binary, monkeypatch):
    """Opens the page on the run that has a likelihood; ends what it started."""
    for name, value in binary[0].address().items():
        monkeypatch.setenv(name, value)
    pages = []

    def open_page(**query):
        pages.append(app(PAGE, run=binary[1].id, **query))
        return pages[-1]

    yield open_page
    for page in pages:
        if "estimate" in page.session_state and page.session_state["estimate"]:
            page.session_state["estimate"].kill()
            page.session_state["estimate"].wait()


def press(page, label):
    return next(button for button in page.button if button.label == label).click().run()


def test_a_binary_model_is_shown_binary_images_and_its_bound(binary_page, binary):
    page = binary_page()
    assert not page.exception
    assert set(np.unique(pixels(page.image[0].value[0])[:28])) == {0, 255}
    told = {metric.label: metric.value for metric in page.metric}
    assert told["Negative bound, nats"] == f"{binary[1].result['bound']:.2f}"
    assert any("drawn in black and white once" in caption.value for caption in page.caption)


def test_a_squared_error_says_why_it_has_no_likelihood(app, full_record):
    page = app(PAGE, run=full_record[0].id)
    assert any("has no likelihood" in caption.value for caption in page.caption)
    assert "Estimate" not in [button.label for button in page.button]


def test_the_likelihood_is_estimated_in_the_background(binary_page, binary):
    page = binary_page(codes="9", tested="150")
    press(page, "Estimate")
    assert not page.exception
    assert page.session_state["estimate"].wait(120) == 0
    page.run()
    run = binary[1]
    found = likelihoods.find(binary[0], run.id, run.step, 9, 150)
    assert found and found.state == "finished"
    told = {metric.label: metric.value for metric in page.metric}
    assert told["Negative log likelihood, nats"] == f"{found.nll:.2f} ± {found.standard_error:.2f}"
    assert any("9 codes for each of 150 test images" in caption.value for caption in page.caption)
    assert any("none stands beside this one" in caption.value for caption in page.caption)
    assert not {"Estimate", "Go on"} & {button.label for button in page.button}


def test_an_estimate_can_be_stopped_and_goes_on(binary_page, binary):
    page, run = binary_page(codes="10", tested="400"), binary[1]
    key, me = (run.id, run.step, 10, 400), psutil.Process()
    likelihoods.begin(binary[0], key, me.pid, born(me), likelihood.is_alive)
    press(page.run(), "Stop")
    assert likelihoods.find(binary[0], *key).stop_asked
    likelihoods.update(binary[0], key, state="stopped", done=100, total=-30_000.0, squares=9e6 + 100)
    page.run()
    told = {metric.label: metric.value for metric in page.metric}
    assert told["Negative log likelihood, nats"].startswith("300.00 ±")
    press(page, "Go on")
    assert not page.exception and page.session_state["estimate"].wait(120) == 0
    found = likelihoods.find(binary[0], *key)
    assert (found.state, found.done) == ("finished", 400) and found.total < -30_000


def test_moving_the_numbers_of_an_estimate_shows_the_one_that_they_name(binary_page, binary):
    run = binary[1]
    key = (run.id, run.step, 11, 120)
    likelihoods.begin(binary[0], key, 1, 1.0, likelihood.is_alive)
    likelihoods.update(binary[0], key, state="finished", done=120, total=-12_000.0, squares=1.2e6 + 100)
    page = binary_page()
    page.number_input(key="codes").set_value(11).run()
    page.number_input(key="tested").set_value(120).run()
    assert not page.exception
    told = {metric.label: metric.value for metric in page.metric}
    assert told["Negative log likelihood, nats"].startswith("100.00 ±")


def test_the_published_figures_stand_beside_an_estimate_of_their_protocol_alone(binary_page, binary):
    run = binary[1]
    key = (run.id, run.step, 5000, 10_000)
    likelihoods.begin(binary[0], key, 1, 1.0, likelihood.is_alive)
    likelihoods.update(binary[0], key, state="finished", done=10_000, total=-900_000.0, squares=8.2e7)
    page = binary_page(codes="5000", tested="10000")
    chart = json.loads(page.get("plotly_chart")[0].proto.spec)["data"][0]
    assert chart["y"][0] == "this run" and "IWAE, k = 50" in chart["y"] and len(chart["y"]) == 6
    assert any("Burda et al. 2015" in caption.value for caption in page.caption)


@pytest.mark.parametrize("query", [{"codes": "0"}, {"codes": "x"}, {"tested": "10001"}])
def test_an_impossible_number_of_samples_is_said_in_a_sentence(binary_page, query):
    page = binary_page(**query)
    assert not page.exception
    assert "is not possible" in warnings(page)


def test_nearest_to_collapse_stand_above_the_mean_image(app, full_record, trained):
    page = app(PAGE, run=full_record[0].id, count="5")
    page.segmented_control(key="which").set_value("nearest to collapse").run()
    assert not page.exception and not page.warning
    mnist = data.load("mnist")
    model = load_model(trained[0], full_record[0], full_record[0].config.steps)
    answer = latent.decode(model, latent.draw_z(latent.encode(model, mnist.x_test), 0))
    mean = np.float32(data.mean_image(mnist))
    distance = latent.squared_errors(mean[None], answer)[:1000]
    drawn = pixels(page.image[0].value[0])
    part = 28 + figures.GAP
    np.testing.assert_array_equal(drawn[:28, :, :1], figures.ink(mnist.x_test[[distance.argmin()]])[0])
    np.testing.assert_array_equal(drawn[3 * part :, :, :1], figures.ink(mean[None])[0])
    assert any("the **mean image**" in element.value for element in page.markdown)


def test_another_run_stands_beside_on_the_same_images(app, full_record, trained):
    first, second = full_record[:2]
    page = app(PAGE, run=first.id)
    page.selectbox(key="picked_other").set_value(second.id).run()
    assert not page.exception and not page.warning and page.query_params["beside"] == second.id
    drawn = pixels(page.image[0].value[0])
    model = load_model(trained[0], second, second.config.steps)
    answer = latent.decode(model, latent.draw_z(latent.encode(model, data.load("mnist").x_test), 0)[:1])
    part = 28 + figures.GAP
    np.testing.assert_allclose(drawn[3 * part : 3 * part + 28, :, :1].astype(int), figures.ink(answer)[0], atol=1)
    assert drawn.shape[0] == 5 * part - figures.GAP
    assert page.image[0].captions[0].count("·") == 2
    page.selectbox(key="picked_other").set_value(None).run()
    assert "beside" not in page.query_params and pixels(page.image[0].value[0]).shape[0] == 3 * part - figures.GAP


def test_a_run_beside_that_there_is_not_is_said_in_a_sentence(app, full_record):
    page = app(PAGE, beside="0" * 32)
    assert not page.exception
    assert "is gone, or was trained on other images" in warnings(page) and len(page.image[0].value) == 16
