"""What a person does: press the button, watch, reload, stop, compare, follow a link."""

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from pages.parts.frame import PAGES
from tests.browser.conftest import Server, settle, visit
from tests.conftest import new_record
from vae import data, figures
from vae.config import RunConfig
from vae.runs.run import is_id

pytestmark = pytest.mark.browser
# The axes are there before the first step; a line of one point has no "L" in its path.
LIVE_CURVE = 'figure path.line[d*="L"]'
# What Streamlit draws again while a training goes on, which should be nothing.
NOTE_REDRAWS = """() => {
    window.redrawn = []
    const note = (changes) => redrawn.push(...changes.map((change) => change.target.outerHTML?.slice(0, 100)))
    new MutationObserver(note).observe(document.querySelector('[data-testid="stMain"]'),
        { subtree: true, childList: true, characterData: true })
}"""
STILL_CHART = '[data-testid="stPlotlyChart"]'
PATHS = ["/" if page == "streamlit_app.py" else f"/{page.removeprefix('pages/').removesuffix('.py')}" for page in PAGES]


@pytest.fixture(scope="module")
def raced(server: Server, browser) -> str:
    """The address of a race that somebody started with the button on the home page and that has finished."""
    page = browser.new_page()
    visit(page, server.url)
    page.get_by_role("button", name="Run the tutorial's race").click()
    page.wait_for_url("**/compare?runs=*", timeout=30_000)
    expect(page.locator(LIVE_CURVE)).to_be_attached(timeout=60_000)
    # A reload in the middle changes nothing.
    page.reload()
    expect(page.locator(STILL_CHART)).to_be_visible(timeout=180_000)
    address = page.url
    page.close()
    return address


def width(page: Page) -> int:
    """How wide the page's contents are, in pixels."""
    # Streamlit scrolls within this element; the document itself is never wider than the window.
    return page.get_by_test_id("stMain").evaluate("main => main.scrollWidth")


def test_the_race_ends_with_identical_curves(page: Page, raced: str):
    visit(page, raced)
    expect(page.get_by_text("Identical to the last bit for 2,814 steps.")).to_be_visible()


def test_the_race_is_in_the_record(server: Server, raced: str):
    runs = new_record(server.folder).newest()
    assert {(run.loop, run.state, run.step) for run in runs} == {("tape", "finished", 2814), ("fit", "finished", 2814)}


def test_a_training_shows_live_curves_and_stops_when_told(page: Page, server: Server):
    visit(page, f"{server.url}/train?epochs=500&loop=GradientTape%2C+compiled")
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url("**/train?run=*", timeout=30_000)
    expect(page.locator(LIVE_CURVE).first).to_be_attached(timeout=60_000)
    address = page.url
    run_id = re.search(r"run=([0-9a-f]{32})", address)[1]
    # Somebody else opens the link, and the one who started it reloads: it is the same run, live.
    page.reload()
    expect(page.locator(LIVE_CURVE).first).to_be_attached(timeout=30_000)
    assert is_id(run_id)
    settle(page)
    # Not the alarm, which comes once.
    expect(page.get_by_text("It answers the mean image")).to_be_visible(timeout=30_000)
    settle(page)
    page.evaluate(NOTE_REDRAWS)
    progress = page.locator(".bars .words")
    for _ in range(2):
        expect(progress).not_to_have_text(progress.inner_text(), timeout=30_000)
    assert page.evaluate("redrawn") == []
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("stopped after", exact=False)).to_be_visible(timeout=30_000)
    run = new_record(server.folder).get(run_id)
    assert run.state == "stopped" and run.step > 0


def test_plotly_is_loaded_before_a_page_needs_it(page: Page, server: Server):
    with page.expect_response(re.compile(r"/static/js/PlotlyChart\.[^/]+\.js$")) as loaded:
        visit(page, server.url)
    assert loaded.value.ok and page.locator(STILL_CHART).count() == 0


@pytest.mark.parametrize("path", PATHS)
def test_every_page_opens_by_its_address_on_a_full_record(page: Page, server: Server, raced: str, path: str):
    visit(page, server.url + path)
    expect(page.get_by_role("link", name="Latent space")).to_be_visible()


@pytest.mark.parametrize("path", PATHS)
def test_every_page_opens_in_the_dark_and_is_not_wider_than_a_phone(page: Page, server: Server, raced: str, path: str):
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    visit(page, server.url + path)
    assert width(page) <= 390
    background = page.get_by_test_id("stApp").evaluate("app => getComputedStyle(app).backgroundColor")
    assert max(map(int, re.findall(r"\d+", background)[:3])) < 64


def test_the_view_is_in_the_address(page: Page, server: Server, raced: str):
    visit(page, raced)
    page.get_by_role("radio", name="Mean of the epoch").click()
    settle(page)
    expect(page).to_have_url(re.compile("view=Mean"))
    visit(page, page.url)
    expect(page.get_by_text("Mean of the epoch: so far, as Keras prints.", exact=False)).to_be_visible()


def test_a_cause_is_tried_and_its_bar_is_drawn(page: Page, raced: str):
    visit(page, f"{raced}&why=true&causes=Noise")
    page.get_by_role("button", name="Run 2 short trainings").click()
    expect(page.locator(".js-plotly-plot")).to_have_count(2, timeout=120_000)
    expect(page.locator(".js-plotly-plot .bars path")).to_have_count(1)
    # The link shows the same to somebody else, who need not wait.
    visit(page, page.url)
    expect(page.locator(".js-plotly-plot .bars path")).to_have_count(1)


def test_the_loops_are_read_side_by_side_on_a_phone(page: Page, raced: str):
    page.set_viewport_size({"width": 390, "height": 844})
    visit(page, f"{raced}&source=true")
    expect(page.get_by_text("tape.gradient(loss, model.trainable_weights)").first).to_be_visible()
    assert width(page) <= 390


def test_a_race_of_the_scan_starts_on_compare(page: Page, server: Server, raced: str):
    visit(page, f"{server.url}/compare?loops=GradientTape%2C+compiled&loops=GradientTape%2C+scanned")
    page.get_by_role("button", name="Start the race").click()
    # The page showed the newest race until now, whose verdict reads the same.
    seen = re.findall("[0-9a-f]{32}", raced)
    expect(page).not_to_have_url(re.compile("|".join(seen)))
    expect(page.get_by_text("Identical to the last bit for 2,814 steps.")).to_be_visible(timeout=180_000)
    runs = new_record(server.folder).newest(limit=2)
    assert {run.loop for run in runs} == {"tape", "tape_scan"} and len({run.race for run in runs}) == 1
    assert all(run.id in page.url for run in runs)


@pytest.fixture
def stopped(server: Server) -> Iterator[str]:
    """The id of a run of seven epochs that was stopped before its first step; no other test finds it."""
    record = new_record(server.folder)
    run_id = record.create(RunConfig(epochs=7, kl_reduction="sum"), "tape", owner=(os.getpid(), 1.0))
    record.end(run_id, "stopped")
    yield run_id
    record.delete(run_id)


def test_train_another_begins_with_the_settings_of_the_run_that_is_shown(page: Page, server: Server, stopped: str):
    visit(page, f"{server.url}/train?run={stopped}")
    page.get_by_text("Train another").click()
    epochs = page.get_by_role("spinbutton", name="Epochs", exact=True)
    # A server that has just started takes a while; and Streamlit mounts the field with its default before the value.
    expect(epochs).to_be_visible(timeout=30_000)
    expect(epochs).to_have_value("7")
    expect(page.get_by_text("6,566 steps for each loop")).to_be_visible()
    # What is then changed stays, also when it is the usual value.
    epochs.fill("3")
    epochs.press("Enter")
    expect(page.get_by_text("2,814 steps for each loop")).to_be_visible()
    expect(epochs).to_have_value("3")


def downloaded(page: Page, server: Server, raced: str, button: str) -> Path:
    """What the Download menu of a run of the race gives."""
    run_id = re.search(r"runs=([0-9a-f]{32})", raced)[1]
    visit(page, f"{server.url}/runs?run={run_id}")
    page.get_by_role("button", name="Download", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    return download.value.path()


def test_the_metrics_are_downloaded_as_csv(page: Page, server: Server, raced: str):
    lines = downloaded(page, server, raced, "Metrics (CSV)").read_text().splitlines()
    assert lines[0] == "step,epoch,batch_size,loss,reconstruction,kl,seconds"
    assert len(lines) == 2815


def test_the_weights_are_downloaded_as_arrays(page: Page, server: Server, raced: str):
    with np.load(downloaded(page, server, raced, "Weights (npz)"), allow_pickle=False) as arrays:
        assert arrays["vae|decoder|dense_output|bias"].shape == (784,)


def test_a_run_is_followed_from_page_to_page(page: Page, server: Server, raced: str):
    run_id = re.search(r"runs=([0-9a-f]{32})", raced)[1]
    visit(page, f"{server.url}/runs?run={run_id}")
    for link, path in (("Open", "train"), ("See its reconstructions", "reconstructions")):
        page.get_by_role("link", name=link, exact=True).click()
        page.wait_for_url(f"**/{path}?run={run_id}*")
        settle(page)
    page.get_by_role("link", name="Latent space", exact=True).click()
    page.wait_for_url(f"**/latent_space?run={run_id}*")


def test_the_columns_are_downloaded_as_a_picture(page: Page, server: Server, raced: str):
    visit(page, f"{server.url}/reconstructions?count=4")
    with page.expect_download(timeout=30_000) as download:
        page.get_by_role("button", name="Download as PNG").click()
    with Image.open(download.value.path()) as picture:
        assert picture.width > 4 * 28 * 12 and round(picture.info["dpi"][0]) == 300


def test_a_digit_is_drawn_and_another_uploaded(page: Page, server: Server, raced: str):
    visit(page, f"{server.url}/reconstructions")
    canvas = page.get_by_role("img", name="Draw here")
    own = page.get_by_role("img", name="Your image, 28 by 28 pixels")
    canvas.scroll_into_view_if_needed()
    settle(page)
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.8 * box["height"], steps=5)
    page.mouse.up()
    expect(own).to_be_visible()
    expect(page.get_by_role("img", name="Its reconstruction")).to_be_visible()
    drawn = own.get_attribute("src")
    ink = figures.ink(data.load("mnist").x_test[0])[0, ..., 0]
    digit = io.BytesIO()
    Image.fromarray(ink).save(digit, "PNG")
    page.locator("input[type=file]").set_input_files(
        {"name": "7.png", "mimeType": "image/png", "buffer": digit.getvalue()}
    )
    expect(own).not_to_have_attribute("src", drawn)
    # Without the file the drawing counts again; cleared from the keyboard, nothing is left.
    page.get_by_role("button", name="Remove 7.png").click()
    expect(own).to_have_attribute("src", drawn)
    page.get_by_role("button", name="Clear", exact=True).press("Enter")
    expect(own).to_have_count(0)


def test_the_choice_within_a_part_of_a_page_is_in_the_address(page: Page, server: Server, raced: str):
    visit(page, f"{server.url}/reconstructions")
    page.get_by_label("Test image", exact=True).fill("17")
    page.get_by_label("Test image", exact=True).press("Enter")
    expect(page.get_by_role("img", name="Test image 17, 7", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("one=17"))


def test_a_click_on_the_map_pins_the_point(page: Page, server: Server, raced: str):
    visit(page, f"{server.url}/latent_space")
    # In the middle, where a collapsed model has all its codes.
    page.locator(".st-key-map .nsewdrag").click()
    page.wait_for_url(re.compile(r"pin=\d+"))
    settle(page)
    pin = re.search(r"pin=(\d+)", page.url)[1]
    expect(page.get_by_alt_text(f"Test image {pin}", exact=False)).to_be_visible()


def test_the_link_is_copied_with_what_was_chosen_last(page: Page, server: Server, raced: str):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit(page, f"{server.url}/reconstructions")
    page.get_by_label("Test image", exact=True).fill("17")
    page.get_by_label("Test image", exact=True).press("Enter")
    expect(page).to_have_url(re.compile("one=17"))
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.url


def test_the_qr_code_leads_to_what_is_on_the_screen(page: Page, raced: str):
    visit(page, raced)
    page.get_by_role("button", name="QR code").click()
    expect(page.get_by_role("img", name=f"QR code of {page.url}")).to_be_visible()


def test_a_label_is_hidden_by_its_legend(page: Page, server: Server, raced: str):
    visit(page, f"{server.url}/latent_space")
    shown = "document.querySelector('.js-plotly-plot').data.map(trace => trace.visible ?? true)"
    assert page.evaluate(shown)[3] is True
    page.locator(f"{STILL_CHART} .legendtoggle").nth(3).click()
    # A second click, soon enough, would be a double click.
    page.wait_for_function(f"{shown}[3] === 'legendonly'")
    assert page.evaluate(shown).count(True) == 9


def test_the_training_is_replayed_by_button_and_by_slider(page: Page, server: Server, raced: str):
    visit(page, f"{server.url}/latent_space?replay=true")
    replay = page.locator(STILL_CHART).filter(has=page.locator(".slider-container"))
    # The first of these labels is the one above the slider.
    told = replay.locator(".slider-label").first
    expect(told).to_have_text("before training")
    replay.locator(".updatemenu-button").first.click()
    expect(told).to_have_text("epoch 3", timeout=15_000)
    # The rail's left end is the first moment.
    rail = replay.locator(".slider-rail-touch-rect").bounding_box()
    page.mouse.click(rail["x"] + 2, rail["y"] + rail["height"] / 2)
    expect(told).to_have_text("before training")
