"""The page of the map, the decoded grid and the way between two images."""

import base64
import json
import shutil
from urllib.parse import unquote

import numpy as np
import pytest

from tests.conftest import SMALL, train_here
from tests.pages.test_reconstructions import COLLAPSED, pixels
from vae import data, figures, latent, planes, ways
from vae.runs import weights
from vae.training import load_model

PAGE = "pages/latent_space.py"


@pytest.fixture(scope="module")
def model(trained):
    record, runs = trained
    return load_model(record, runs[0], runs[0].config.steps)


@pytest.fixture(scope="module")
def codes(model):
    return latent.encode(model, data.load("mnist").x_test)


def figure(page, number: int) -> dict:
    """The map (0) or the decoded grid (1) as the browser gets it."""
    return json.loads(page.get("plotly_chart")[number].proto.spec)


def array(packed: dict) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed["bdata"]), packed["dtype"])


def titles(page) -> list[str]:
    layout = figure(page, 0)["layout"]
    return [layout[axis]["title"]["text"] for axis in ("xaxis", "yaxis")]


def test_an_empty_page_says_what_to_do(app, record):
    page = app(PAGE)
    assert not page.exception
    assert "Train one" in page.info[0].value
    assert "Train a model" in [link.value for link in page.page_link]


def test_the_map_shows_every_test_image(app, full_record):
    page = app(PAGE)
    assert not page.exception
    assert sum(len(array(trace["x"])) for trace in figure(page, 0)["data"]) == 10_000


def test_the_map_shows_the_two_units_with_most_kl(app, full_record, codes):
    page = app(PAGE, run=full_record[0].id)
    assert titles(page) == list(planes.of_units(codes.kl).titles)


def test_the_points_are_the_means_of_the_codes(app, full_record, codes):
    trace = figure(app(PAGE, run=full_record[0].id, x="0", y="3"), 0)["data"][7]
    sevens = codes.z_mean[data.load("mnist").y_test == 7]
    np.testing.assert_allclose(np.column_stack([array(trace["x"]), array(trace["y"])]), sevens[:, [0, 3]], atol=1e-5)


def test_other_units_can_be_chosen(app, full_record):
    page = app(PAGE)
    page.selectbox(key="x").set_value("2").run()
    page.selectbox(key="y").set_value("0").run()
    assert not page.exception
    assert [title.split(" (")[0] for title in titles(page)] == ["unit 2", "unit 0"]


def test_the_same_unit_on_both_axes_is_pointed_out(app, full_record):
    page = app(PAGE, x="1", y="1")
    assert not page.exception
    assert "Both axes show the same unit" in page.warning[0].value


def test_the_decoded_grid_is_what_the_decoder_says(app, full_record, model):
    page = app(PAGE, run=full_record[0].id, x="0", y="3", size="6", extent="2")
    svg = unquote(figure(page, 1)["layout"]["images"][0]["source"]).split(",", 1)[1]
    drawn = pixels("," + base64.b64encode(svg.encode()).decode())
    corner = np.array([[2, 0, 0, 2]], np.float32)  # both units large: upper right
    np.testing.assert_allclose(
        drawn[:28, -28:].astype(int), figures.ink(latent.decode(model, corner))[0, ..., 0], atol=1
    )


def test_the_grid_has_as_many_images_as_asked_for(app, full_record):
    page = app(PAGE)
    page.slider(key="size").set_value(30).run()
    svg = unquote(figure(page, 1)["layout"]["images"][0]["source"])
    assert f'viewBox="0 0 {30 * 28} {30 * 28}"' in svg


def test_the_grid_reaches_as_far_as_asked_for(app, full_record):
    page = app(PAGE)
    page.slider(key="extent").set_value(4).run()
    square = figure(page, 0)["layout"]["shapes"][0]
    assert (square["x0"], square["y1"]) == (-4, 4)


def test_an_interpolation_runs_between_two_reconstructions(app, full_record, model):
    page = app(PAGE, run=full_record[0].id, **{"from": "12", "to": "34", "steps": "5"})
    drawn = [pixels(url) for url in page.image[0].value]
    x = data.load("mnist").x_test[[12, 34]]
    ends = figures.ink(latent.decode(model, latent.encode(model, x).z_mean))[..., 0]
    assert len(drawn) == 7
    np.testing.assert_array_equal([drawn[0], drawn[-1]], figures.ink(x)[..., 0])
    np.testing.assert_allclose([drawn[1].astype(int), drawn[-2].astype(int)], ends, atol=1)


def test_the_originals_are_captioned_with_their_labels(app, full_record):
    captions = app(PAGE, **{"from": "0", "to": "1"}).image[0].captions
    assert (captions[0], captions[-1]) == ("**7**, original", "**2**, original")


def test_an_arc_is_another_way_and_says_where_it_leaves_the_data(app, full_record):
    page = app(PAGE)
    straight = page.image[0].value
    page.segmented_control(key="way").set_value("spherical").run()
    assert not page.exception
    assert page.image[0].value[:2] == straight[:2] and page.image[0].value != straight
    assert any("Farthest from all codes" in caption.value for caption in page.caption)


def test_a_way_that_there_is_not_is_said_in_a_sentence(app, full_record):
    page = app(PAGE, way="crooked")
    assert not page.exception and any("straight or spherical" in warning.value for warning in page.warning)


def test_more_steps_make_a_longer_row(app, full_record):
    page = app(PAGE)
    page.slider(key="steps").set_value(15).run()
    assert len(page.image[0].value) == 17


def test_other_images_can_be_chosen(app, full_record):
    page = app(PAGE)
    first = page.image[0].value
    page.number_input(key="from").set_value(77).run()
    page.number_input(key="to").set_value(9999).run()
    assert not page.exception
    assert page.image[0].value != first


def test_a_random_pair_is_another_pair(app, full_record):
    page = app(PAGE)
    page.button[0].click().run()
    assert not page.exception
    assert (page.number_input(key="from").value, page.number_input(key="to").value) != (0, 1)


def test_an_earlier_epoch_has_another_map(app, full_record):
    page = app(PAGE)
    last = figure(page, 0)["data"][0]
    page.select_slider(key="epoch").set_value("before training").run()
    assert not page.exception
    assert figure(page, 0)["data"][0] != last


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("x", "4"),
        ("y", "unit"),
        ("size", "31"),
        ("extent", "0"),
        ("from", "10000"),
        ("to", "-1"),
        ("steps", "4"),
        ("epoch", "last"),
        ("rows", "0"),
        ("sample", "-1"),
        ("around", "one"),
        ("plane", "a third"),
        ("spacing", "odd"),
        ("paper", "red"),
        ("pin", "10000"),
        ("replay", "yes"),
        ("play", "yes"),
        ("nw", "10000"),
        ("between", "2"),
    ],
)
def test_a_bad_address_gets_one_sentence_and_the_usual_page(app, full_record, key, value):
    page = app(PAGE, **{key: value})
    assert not page.exception
    assert [element.value.startswith(f"{key} = {value} in the address") for element in page.warning] == [True]
    assert len(page.get("plotly_chart")) == 3


def test_a_deleted_run_is_said_to_be_gone_and_another_is_shown(app, full_record):
    page = app(PAGE, run="0" * 32)
    assert not page.exception
    assert "There is no run" in page.warning[0].value
    assert page.get("plotly_chart")


def test_a_collapsed_model_has_no_map_to_see_and_the_page_says_why(app, record):
    train_here(record, COLLAPSED)
    page = app(PAGE)
    assert not page.exception
    assert "no map to see" in page.warning[0].value
    assert any("KL term outweighs" in element.value for element in page.markdown)


def test_two_units_need_no_choice(app, record):
    train_here(record, SMALL.model_copy(update={"latent_dim": 2}))
    page = app(PAGE)
    assert not page.exception
    assert [box.key for box in page.selectbox] == ["picked_run"]
    assert [title.split(" (")[0] for title in titles(page)] == ["unit 0", "unit 1"]


def test_a_single_unit_is_a_histogram_and_a_row(app, record):
    train_here(record, SMALL.model_copy(update={"latent_dim": 1}))
    page = app(PAGE)
    assert not page.exception
    assert figure(page, 0)["data"][0]["type"] == "bar"
    captions = page.image[0].captions
    assert (captions[0], captions[-1]) == ("-3.0", "+3.0")


def test_units_of_a_link_that_another_run_has_not_are_left_out(app, record):
    narrow, wide = (train_here(record, SMALL.model_copy(update={"latent_dim": units})) for units in (3, 6))
    page = app(PAGE, run=wide.id)
    page.selectbox(key="x").set_value("5").run()
    page.selectbox(key="picked_run").set_value(narrow.id).run()
    assert not page.exception
    assert page.get("plotly_chart")


def test_a_run_that_waits_has_nothing_to_show_yet(app, record):
    page = app(PAGE, run=record.create(SMALL, "tape"))
    assert not page.exception
    assert "no weights yet" in page.info[0].value


def test_damaged_weights_are_said_to_be_damaged(app, trained, tmp_path, monkeypatch):
    record, runs = trained
    shutil.copytree(record.folder, tmp_path / "runs")
    weights.path(tmp_path / "runs" / runs[0].id, runs[0].config.steps).write_bytes(b"")
    monkeypatch.setenv("VAE_LAB_ARTIFACTS", str(tmp_path / "runs"))
    page = app(PAGE, run=runs[0].id)
    assert not page.exception
    assert "damaged" in page.error[0].value


def test_two_viewers_encode_the_test_images_once(app, full_record, monkeypatch):
    from pages.parts import models

    calls = []
    monkeypatch.setattr(models, "encode", lambda *given: calls.append(1) or latent.encode(*given))
    app(PAGE)
    app(PAGE)
    assert len(calls) == 1


@pytest.mark.parametrize("around", ["zero", "the From image"])
def test_the_strips_are_decoded_codes_that_differ_in_one_unit(app, full_record, model, codes, around):
    page = app(PAGE, run=full_record[0].id, around=around, rows="2", **{"from": "7"})
    assert not page.exception and not page.warning
    still = codes.z_mean[7] if around != "zero" else np.zeros(SMALL.latent_dim, np.float32)
    best = int(np.argmax(codes.kl))
    expected = figures.mosaic(figures.ink(latent.decode(model, latent.traversal(still, best, 11, 3))), 11)
    first, _ = page.image[1:3]
    assert first.captions[0].startswith(f"[unit {best}](#kl-of-each-unit) ·")
    bars = figure(page, 2)["data"][0]
    assert [text for text in bars["text"] if text] == [str(unit) for unit in np.argsort(-codes.kl)[:2]]
    # Decoded alone or in a larger batch, a pixel may be rounded another way.
    np.testing.assert_allclose(pixels(first.value[0]), expected[..., 0], atol=1)


def test_the_controls_of_the_strips_move(app, full_record):
    page = app(PAGE, run=full_record[0].id)
    assert len(page.image[1:-2]) == 4
    page.slider(key="rows").set_value(1).run()
    before = page.image[1].value
    page.segmented_control(key="around").set_value("the From image").run()
    assert not page.exception
    assert len(page.image[1:-2]) == 1 and page.image[1].value != before


def test_new_images_stand_above_the_nearest_training_images(app, full_record, model):
    page = app(PAGE, run=full_record[0].id, sample="3")
    assert not page.exception and not page.warning
    x_train = data.load("mnist").x_train
    images = latent.decode(model, latent.prior(12, SMALL.latent_dim, 3))
    places, _ = latent.nearest(images, x_train)
    shown = pixels(page.image[-1].value[0])
    np.testing.assert_allclose(shown[:28, :, 0], figures.ink(images)[0, ..., 0], atol=1)
    np.testing.assert_array_equal(shown[30:, :, 0], figures.ink(x_train[places])[0, ..., 0])
    before = page.image[-1].value
    page.number_input(key="sample").set_value(4).run()
    assert page.image[-1].value != before


def test_the_plane_of_most_variance_says_how_much_it_holds(app, full_record, codes):
    page = app(PAGE, run=full_record[0].id)
    page.segmented_control(key="plane").set_value("most variance").run()
    assert not page.exception and not page.warning
    plane = planes.principal(codes)
    assert titles(page) == list(plane.titles)
    assert f"holds **{planes.share(plane, codes.z_mean):.0%}** of their variance" in " ".join(
        caption.value for caption in page.caption
    )
    assert not page.selectbox(key="picked_run").disabled and len(page.selectbox) == 1


def test_a_plane_goes_through_three_images_and_marks_them(app, full_record):
    page = app(PAGE, run=full_record[0].id, plane="three images")
    for key, place in (("first", 11), ("second", 22), ("third", 33)):
        page.number_input(key=key).set_value(place).run()
    assert not page.exception and not page.warning
    assert titles(page) == ["from image 11 towards image 22", "towards image 33"]
    notes = [note["text"] for note in figure(page, 0)["layout"]["annotations"]]
    assert notes[-3:] == ["11", "22", "33"]


def test_one_image_three_times_is_no_plane_and_the_page_stays(app, full_record):
    page = app(PAGE, plane="three images", first="1", second="1", third="1")
    assert not page.exception
    assert "lie on a line" in page.warning[0].value and len(page.get("plotly_chart")) == 3


def test_quantiles_and_tinted_paper_change_the_grid(app, full_record):
    page = app(PAGE)
    seen = {figure(page, 1)["layout"]["images"][0]["source"]}
    for key, value in (("spacing", "quantiles"), ("paper", "tinted")):
        page.segmented_control(key=key).set_value(value).run()
        assert not page.exception
        seen.add(figure(page, 1)["layout"]["images"][0]["source"])
    assert len(seen) == 3 and figure(page, 1)["layout"]["xaxis"]["ticktext"]


def test_a_link_pins_images_with_their_ellipses_and_decoded_codes(app, full_record, model, codes):
    page = app(PAGE, run=full_record[0].id, pin=["5", "17"])
    assert not page.exception and not page.warning
    assert [note["text"] for note in figure(page, 0)["layout"]["annotations"]][-2:] == ["5", "17"]
    assert [caption.split(" · ")[1] for caption in page.image[0].captions] == ["5", "17"]
    shown = pixels(page.image[0].value[1])
    expected = figures.ink(latent.decode(model, codes.z_mean[[5, 17]]))[1, ..., 0]
    np.testing.assert_allclose(shown[30:, :, 0].astype(int), expected, atol=1)
    page.button[0].click().run()
    assert (page.number_input(key="from").value, page.number_input(key="to").value) == (5, 17)
    page.number_input(key="pin_number").set_value(5).run()  # the number of a pinned one takes it off
    page.number_input(key="pin_number").set_value(9).run()
    assert page.query_params["pin"] == ["17", "9"]
    next(button for button in page.button if button.label == "Unpin all").click().run()
    assert "pin" not in page.query_params and len(page.image[0].captions) != 2


def test_the_training_is_replayed_from_its_moments(app, full_record):
    page = app(PAGE, run=full_record[0].id)
    charts = len(page.get("plotly_chart"))
    page.toggle(key="replay").set_value(True).run()
    assert not page.exception and len(page.get("plotly_chart")) == charts + 1
    frames = [frame["name"] for frame in figure(page, 2)["frames"]]
    assert frames[0] == "before training" and frames[-1] == "epoch 2"


def test_the_way_can_be_played(app, full_record):
    page = app(PAGE)
    images = len(page.image)
    page.toggle(key="play").set_value(True).run()
    assert not page.exception and len(page.image) == images + 1


def test_four_images_stand_at_the_corners_of_their_mixtures(app, full_record, model, codes):
    page = app(PAGE, run=full_record[0].id)
    for place, key in enumerate(("nw", "ne", "sw", "se")):
        page.number_input(key=key).set_value(40 + place).run()
    page.slider(key="between").set_value(5).run()
    assert not page.exception and not page.warning
    decoded = latent.decode(model, ways.bilinear(codes.z_mean[40:44], 5))
    expected = figures.mosaic(figures.ink(decoded), 5)[..., 0].astype(int)
    np.testing.assert_allclose(pixels(page.image[-2].value[0]), expected, atol=1)


@pytest.mark.parametrize(("end", "place"), [("start", 0), ("end", -1)])
def test_the_way_can_start_or_end_at_an_image_of_ones_own(app, full_record, model, codes, end, place):
    page = app(PAGE, run=full_record[0].id, to="3")
    assert "Your own image" not in [control.label for control in page.segmented_control]
    page.session_state["own_image"] = x = data.load("mnist").x_test[[70]]
    page.run()
    assert "**your own**" not in page.image[0].captions
    next(control for control in page.segmented_control if control.label == "Your own image").set_value(end).run()
    assert not page.exception
    drawn = [pixels(image) for image in page.image[0].value]
    np.testing.assert_array_equal(drawn[place], figures.ink(x)[0, ..., 0])
    decoded = figures.ink(latent.decode(model, codes.z_mean[[70]]))[0, ..., 0].astype(int)
    np.testing.assert_allclose(drawn[1 if place == 0 else -2].astype(int), decoded, atol=1)
    assert [caption == "**your own**" for caption in page.image[0].captions].count(True) == 1
    assert page.image[0].captions[place] == "**your own**"
