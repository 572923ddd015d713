"""The parts of the reconstructions' page about one image: many samples of it, and one's own."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from tests.conftest import SMALL, train_here
from tests.pages.test_reconstructions import COLLAPSED, PAGE, pixels, warnings
from vae import data, digits, figures, latent, posterior
from vae.training import load_model

SAMPLES, OWN = 1, 2  # the places of their pictures on the page


def file(place: int) -> bytes:
    """A test image as a PNG, black on white."""
    buffer = io.BytesIO()
    Image.fromarray(figures.ink(data.load("mnist").x_test[place])[0, ..., 0]).save(buffer, "PNG")
    return buffer.getvalue()


def upload(page, content: bytes):
    return page.file_uploader(key="own_file").set_value(("digit.png", content, "image/png")).run()


def draw(page, drawing: object):
    """What the browser does when a stroke has ended."""
    page.session_state["canvas"] = {"drawing": drawing}
    page.session_state["own_newest"] = "drawing"
    return page.run()


def address(place: int) -> str:
    return digits.URL_START + base64.b64encode(file(place)).decode()


def shown(page) -> np.ndarray:
    """The own image as the page shows that the model gets it: uint8 [28, 28]."""
    return pixels(page.image[OWN].value[0])


def told(page) -> str:
    return " ".join(element.value for element in page.markdown)


def test_samples_stand_behind_the_original_the_mean_and_the_spread(app, full_record, trained):
    page = app(PAGE, run=full_record[0].id, one="7", times="5")
    assert not page.exception and not page.warning
    drawn = [pixels(url) for url in page.image[SAMPLES].value]
    assert len(drawn) == 3 + 5
    x = data.load("mnist").x_test
    np.testing.assert_array_equal(drawn[0], figures.ink(x[7])[0, ..., 0])
    model = load_model(trained[0], full_record[0], full_record[0].config.steps)
    codes = latent.encode(model, x[7:8])
    samples = latent.decode(model, posterior.draw(codes.z_mean[0], codes.z_log_var[0], 5, 7))
    mean = figures.ink(latent.decode(model, codes.z_mean))[0, ..., 0]
    np.testing.assert_allclose(drawn[1].astype(int), mean, atol=1)
    np.testing.assert_allclose(drawn[2].astype(int), figures.spread(posterior.spread(samples))[0], atol=1)
    np.testing.assert_allclose(np.stack(drawn[3:]).astype(int), figures.ink(samples)[..., 0], atol=1)
    errors = latent.squared_errors(x[7:8], samples)
    assert page.image[SAMPLES].captions[3:] == [f"{error:.3f}" for error in errors]
    assert f"squared error is **{errors.mean():.4f}** on average" in told(page)


def test_moving_the_controls_is_the_same_as_the_link(app, full_record):
    by_link, by_hand = app(PAGE, one="9", times="20"), app(PAGE)
    by_hand.number_input(key="one").set_value(9).run()
    by_hand.slider(key="times").set_value(20).run()
    assert by_hand.image[SAMPLES].value == by_link.image[SAMPLES].value
    assert len(by_hand.image[SAMPLES].value) == 3 + 20


@pytest.mark.parametrize(("key", "value"), [("one", "10000"), ("one", "x"), ("times", "3"), ("times", "25")])
def test_a_bad_address_gets_one_sentence(app, full_record, key, value):
    page = app(PAGE, **{key: value})
    assert not page.exception
    assert f"{key} = {value} in the address is not possible" in warnings(page) and len(page.warning) == 1
    assert len(page.image[SAMPLES].value) == 3 + 12


def test_without_a_digit_there_is_a_place_for_one(app, full_record):
    page = app(PAGE)
    assert len(page.image) == OWN
    assert any("appears here" in caption.value for caption in page.caption)
    assert any("Nothing you draw is stored" in caption.value for caption in page.caption)


def test_an_uploaded_digit_is_reconstructed_and_compared(app, full_record):
    page = upload(app(PAGE), file(3))
    assert not page.exception and not page.warning
    np.testing.assert_allclose(shown(page), figures.ink(data.load("mnist").x_test[3])[0, ..., 0], atol=1)
    assert len(page.image[OWN].value) == 3
    assert re.search(r"larger than that of \d+% of 1,000 test images", told(page))
    assert sum(int(votes) for votes in re.findall(r"(\d+) × \*\*\d\*\*", told(page))) == 10
    assert "Its code" not in told(page)
    page.switch_page("pages/latent_space.py").run()
    assert "Your own image" in [group.label for group in page.get("button_group")]


def test_the_newest_of_upload_and_drawing_counts(app, full_record):
    page = upload(app(PAGE), file(3))
    uploaded = shown(page)
    drawn = shown(draw(page, address(0)))
    assert (drawn != uploaded).any()
    newer = shown(upload(page, file(2)))
    assert (newer != drawn).any() and (newer != uploaded).any()
    # Taking back the newer one shows the other, and then none.
    page.file_uploader(key="own_file").set_value(None).run()
    np.testing.assert_array_equal(shown(page), drawn)
    assert len(draw(page, None).image) == OWN


@pytest.mark.parametrize("content", [b"hello", bytes(200), b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_image_is_one_sentence_and_the_page_stays(app, full_record, content):
    page = upload(app(PAGE), content)
    assert not page.exception
    assert [element.value for element in page.warning] == [
        "This is not an image that can be read: it must be PNG, JPEG, WebP, GIF or BMP."
    ]
    assert len(page.image) == OWN and page.metric


@pytest.mark.parametrize("drawing", ["x", "data:image/png;base64,@", {"a": 1}, 7, [1]])
def test_a_drawing_of_a_wrong_form_is_one_sentence(app, full_record, drawing):
    page = draw(app(PAGE), drawing)
    assert not page.exception
    assert len(page.warning) == 1 and "draw it once more" in warnings(page)


def test_what_is_unlike_all_digits_is_said_to_be(app, full_record):
    noise = np.random.default_rng(0).integers(0, 2, (20, 20)).astype(np.uint8) * 255
    buffer = io.BytesIO()
    Image.fromarray(np.pad(noise, 4)).save(buffer, "PNG")
    assert "Unlike what the model has learned" in told(upload(app(PAGE), buffer.getvalue()))


def test_a_collapsed_model_is_not_asked_whether_it_knows_the_digit(app, record):
    train_here(record, COLLAPSED)
    page = upload(app(PAGE), file(3))
    assert not page.exception
    assert "answers nearly the same to everything" in told(page)
    assert "nearest codes" not in told(page)


def test_a_binary_convolution_of_one_unit_gets_the_digit_in_black_and_white(app, record):
    changes = {"latent_dim": 1, "inputs": "threshold", "network": "conv", "images": 64, "learning_rate": 0.01}
    train_here(record, SMALL.model_copy(update={**changes, "kl_weight": 0.0}))
    page = upload(app(PAGE), file(3))
    assert not page.exception and not page.warning
    assert set(np.unique(shown(page))) == {0, 255}
    assert re.search(r"Its code: -?\d+\.\d\d\.", told(page))
