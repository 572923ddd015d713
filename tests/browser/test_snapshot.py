"""A snapshot opened from disk: it draws, follows the pointer, and asks nobody for anything."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server, visit
from tests.snapshot.test_markup import HOSTILE
from vae import latent
from vae.snapshot import snapshot

pytestmark = pytest.mark.browser
PICTURE = "Array.from(document.querySelector('.picture').getContext('2d').getImageData(0, 0, 28, 28).data)"


@pytest.fixture(scope="module")
def file(trained, tmp_path_factory) -> Path:
    """The snapshot of a race on disk."""
    path = tmp_path_factory.mktemp("snapshot") / "race.html"
    path.write_bytes(snapshot(*trained))
    return path


@pytest.fixture
def opened(page: Page, file: Path) -> Iterator[Page]:
    """The snapshot in a browser; at the end it may have requested nothing but itself."""
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    expect(page.locator(".picture")).to_be_visible()
    yield page
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]


def place(page: Page) -> list[float]:
    """What the page says of the ring's place: the values of the map's two units, as shares of what it reaches to."""
    ring = page.locator(".handle")
    text = ring.get_attribute("aria-valuetext").replace("−", "-")
    return [float(value) / float(ring.get_attribute("aria-valuemax")) for value in re.findall(r"at ([+-][\d.]+)", text)]


def frame(page: Page) -> None:
    """Waits until what was asked for is drawn."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def drag(page: Page, x: float, y: float) -> None:
    """Drags the ring to a place of the map, in shares of its width from the left and its height from the top."""
    page.locator(".plane").scroll_into_view_if_needed()
    ring, plane = page.locator(".handle").bounding_box(), page.locator(".plane").bounding_box()
    page.mouse.move(ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2)
    page.mouse.down()
    page.mouse.move(plane["x"] + x * plane["width"], plane["y"] + y * plane["height"], steps=4)
    page.mouse.up()
    frame(page)


def test_dragging_decodes_what_is_under_the_pointer(opened: Page):
    before = opened.evaluate(PICTURE)
    drag(opened, 0.75, 0.25)
    assert place(opened) == pytest.approx([0.5, 0.5], abs=0.02)
    assert opened.evaluate(PICTURE) != before


def test_the_picture_is_the_decoders(opened: Page, trained):
    from vae.training import load_model

    store, (run, _) = trained
    opened.get_by_role("button", name="Back to 0").click()
    frame(opened)
    pixels = 1 - np.array(opened.evaluate(PICTURE)).reshape(784, 4)[:, 0] / 255
    expected = latent.decode(load_model(store, run, run.step), np.zeros((1, run.config.latent_dim), np.float32))[0]
    # A screen has 256 levels.
    assert np.abs(pixels - expected).max() < 1e-3 + 0.5 / 255


def test_the_arrow_keys_move_the_ring_and_home_brings_it_back(opened: Page):
    ring = opened.get_by_role("slider", name="Place on the map")
    ring.press("Home")
    for key in ("ArrowRight", "ArrowUp", "ArrowUp"):
        ring.press(key)
    assert place(opened) == pytest.approx([1 / 60, 2 / 60], abs=0.002)
    ring.press("Shift+ArrowLeft")
    assert place(opened) == pytest.approx([-4 / 60, 2 / 60], abs=0.002)


def test_the_ring_stays_on_the_map(opened: Page):
    drag(opened, 0.95, 0.5)
    ring = opened.get_by_role("slider", name="Place on the map")
    for _ in range(10):
        ring.press("Shift+ArrowRight")
    assert place(opened)[0] == 1


def test_a_slider_moves_its_unit(opened: Page):
    opened.locator(".sliders input").first.fill("1.5")
    expect(opened.locator(".sliders .out").first).to_have_text("+1.50")
    assert place(opened)[0] > 0


def test_all_units_are_set_by_a_code_at_random(opened: Page):
    before = opened.locator(".sliders .out").all_inner_texts()
    opened.get_by_role("button", name="A code at random").click()
    assert all(a != b for a, b in zip(before, opened.locator(".sliders .out").all_inner_texts(), strict=True))


def test_a_label_is_hidden_and_shown(opened: Page):
    ink = "Array.from(document.querySelector('.plane canvas').getContext('2d').getImageData(0, 0, 600, 600).data)"
    count = f"{ink}.filter((value, n) => n % 4 === 3 && value).length"
    whole, label = opened.evaluate(count), opened.get_by_role("button", name="7", exact=True).first
    label.click()
    assert label.get_attribute("aria-pressed") == "false" and opened.evaluate(count) < whole
    label.click()
    assert opened.evaluate(count) == whole


def test_the_curves_are_read_off_under_the_pointer(opened: Page, trained):
    store, (run, _) = trained
    opened.get_by_text("Every step", exact=True).click()
    opened.get_by_role("slider", name="Step to read off").fill("7")
    expect(opened.get_by_text("step 7, epoch 1", exact=True)).to_be_visible()
    expect(opened.locator(".values").first).to_contain_text(f"{store.metrics(run.id).loss[7]:.5f}")
    opened.locator(".chart").first.scroll_into_view_if_needed()
    box = opened.locator(".chart").first.bounding_box()
    opened.mouse.move(box["x"] + box["width"] - 13, box["y"] + 50)
    expect(opened.get_by_text("step 19, epoch 2", exact=True)).to_be_visible()


def test_a_logarithmic_axis_has_powers_or_their_parts(opened: Page):
    opened.get_by_label("Log axis").check()
    ticks = [
        float(text) for text in opened.locator(".chart").first.locator("text[text-anchor=end]").all_text_contents()
    ]
    assert len(ticks) > 1 and all(f"{tick:e}"[0] in "125" for tick in ticks)


@pytest.mark.parametrize("width", [320, 390, 1400])
def test_it_fits_its_window(opened: Page, width: int):
    opened.set_viewport_size({"width": width, "height": 800})
    frame(opened)
    assert opened.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_follows_the_systems_colours(opened: Page, scheme: str):
    opened.emulate_media(color_scheme=scheme)
    background = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 24, 29)"}[scheme]


def test_paper_is_white_and_has_no_controls(opened: Page):
    opened.emulate_media(color_scheme="dark", media="print")
    assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    expect(opened.get_by_label("Log axis")).to_be_hidden()


def test_a_finger_on_the_ring_drags_it_and_beside_it_taps(browser: Browser, file: Path):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(file.as_uri())
    plane = page.locator(".plane")
    plane.scroll_into_view_if_needed()
    box, ring = plane.bounding_box(), page.locator(".handle").bounding_box()
    finger = context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    touch("touchStart", (ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2))
    for share in (0.6, 0.4, 0.25):
        touch("touchMove", (box["x"] + share * box["width"], box["y"] + 0.25 * box["height"]))
    touch("touchEnd")
    frame(page)
    assert place(page) == pytest.approx([-0.5, 0.5], abs=0.02)
    page.touchscreen.tap(box["x"] + 0.75 * box["width"], box["y"] + 0.75 * box["height"])
    frame(page)
    assert place(page) == pytest.approx([0.5, -0.5], abs=0.02)
    context.close()


def test_hostile_names_are_shown_as_they_are(page: Page, trained, tmp_path):
    store, runs = trained
    path = tmp_path / "hostile.html"
    path.write_bytes(snapshot(store, [replace(run, name=f"{HOSTILE}{n}", loop="tape") for n, run in enumerate(runs)]))
    page.on("dialog", lambda dialog: pytest.fail("A name ran as a script."))
    page.goto(path.as_uri())
    expect(page.locator("h1")).to_have_text(f"{HOSTILE}0 and {HOSTILE}1")
    assert all(HOSTILE in name for name in page.locator(".legend span").all_text_contents())
    frame(page)
    assert sum(page.evaluate(PICTURE)) > 0


@pytest.fixture
def site(trained, tmp_path) -> Iterator[Server]:
    """A server with the race in its record. Ask for it before `page`, which is then closed first."""
    shutil.copytree(trained[0].folder, tmp_path / "runs")
    server = Server(tmp_path / "runs")
    yield server
    server.close()


def test_it_is_downloaded_from_compare_and_opens(site: Server, page: Page, trained, tmp_path):
    _, runs = trained
    visit(page, f"{site.url}/compare?{'&'.join(f'runs={run.id}' for run in runs)}")
    with page.expect_download(timeout=120_000) as download:
        page.get_by_role("button", name="Snapshot (HTML)").click()
    download.value.save_as(tmp_path / download.value.suggested_filename)
    # In a page of its own: Streamlit checks a download by a request of its own, which may still be under way.
    opened = page.context.new_page()
    opened.goto((tmp_path / f"vae-{runs[0].id[:8]}-{runs[1].id[:8]}.html").as_uri())
    expect(opened.get_by_text("Identical to the last bit for 20 steps.")).to_be_visible()
