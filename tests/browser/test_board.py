"""Following a training: a board that asks the server for news by itself, on a run that grows by the test's own hand."""

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

import httpx
import numpy as np
import psutil
import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from pages.parts.board import Board
from tests.browser.conftest import Server, settle, visit
from tests.conftest import new_record
from vae.config import RunConfig
from vae.jobs.processes import born
from vae.runs import Metrics, Store, Validation

pytestmark = pytest.mark.browser
NEWS = re.compile(r"/board\?")
WORDS, CURVE = ".bars .words", 'figure path.line[d*="L"]'


class Growing(NamedTuple):
    """A run that seems to be trained by this process, and its address."""

    record: Store
    id: str
    address: str

    def grow(self, steps: int = 100) -> None:
        """Takes some steps more."""
        start = self.record.get(self.id).step
        rows = np.arange(start, start + steps), np.zeros(steps, int), np.full(steps, 64)
        loss = 0.1 + 1 / (10 + rows[0])
        self.record.append(self.id, Metrics(*rows, loss, loss * 0.9, loss * 0.1, rows[0] / 1000))


@pytest.fixture
def growing(server: Server, browser: Browser) -> Iterator[Growing]:
    """A run of 100 steps under way."""
    record, me = new_record(server.folder), psutil.Process()
    run_id = record.create(RunConfig(kl_reduction="sum"), "tape", owner=(os.getpid(), born(me)))
    record.claim(run_id, me.pid, born(me))
    run = Growing(record, run_id, f"{server.url}/train?run={run_id}")
    run.grow()
    yield run
    # A page that is open still would ask for a run that is gone, and its console show the 404 that it gets.
    for context in browser.contexts:
        context.close()
    if record.get(run_id).active:
        record.end(run_id, "stopped")
    record.delete(run_id)


@pytest.mark.parametrize("path", ["/board", "/lab/board"])
def test_the_server_tells_news_also_below_a_base_path(server: Server, growing: Growing, path: str):
    # A server that has just started loads TensorFlow first.
    answer = httpx.get(f"{server.url}{path}?{Board((growing.id,)).query()}", timeout=60)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json()["bars"][0]["done"] == 100 / 2814
    assert httpx.get(f"{server.url}{path}?runs=1").status_code == 404


def test_a_page_shows_new_steps_and_the_end(page: Page, growing: Growing):
    visit(page, growing.address)
    expect(page.locator(CURVE)).to_have_count(3)
    curve = page.locator(CURVE).first
    before = curve.get_attribute("d")
    growing.grow(500)
    expect(curve).not_to_have_attribute("d", before or "", timeout=20_000)
    growing.record.end(growing.id, "stopped")
    expect(page.get_by_role("button", name="Resume")).to_be_visible(timeout=20_000)
    expect(page.locator(WORDS)).to_contain_text("stopped after 600 of 2,814 steps")
    # An ended run has no news.
    settle(page)
    asked = []
    page.on("request", lambda request: NEWS.search(request.url) and asked.append(request.url))
    page.wait_for_timeout(5000)
    assert asked == []


def test_where_the_server_has_no_news_streamlit_draws_the_board(page: Page, growing: Growing):
    def as_streamlit_alone(route: Route) -> None:
        route.fulfill(content_type="text/html", body="<!doctype html>")

    page.route(NEWS, as_streamlit_alone)
    visit(page, growing.address)
    expect(page.locator(WORDS)).to_contain_text("epoch 1 of 3")
    curve = page.locator(CURVE).first
    before = curve.get_attribute("d")
    growing.grow(500)
    expect(curve).not_to_have_attribute("d", before or "", timeout=20_000)


def test_nobody_asks_for_a_page_that_nobody_sees(page: Page, growing: Growing):
    page.add_init_script("Object.defineProperty(document, 'hidden', { get: () => !window.seen })")
    asked = []
    page.on("request", lambda request: NEWS.search(request.url) and asked.append(request.url))
    visit(page, growing.address)
    expect(page.locator(CURVE)).to_have_count(3)
    page.wait_for_timeout(5000)
    assert asked == []
    with page.expect_request(NEWS, timeout=20_000):
        page.evaluate("window.seen = true")


def test_a_point_of_a_curve_and_a_figure_are_explained(page: Page, growing: Growing):
    visit(page, growing.address)
    page.locator(".plot").first.hover()
    tip = page.locator(".tip").first
    expect(tip).to_have_text(re.compile(r"^step \d+\n0\.\d+$"))
    growing.grow(500)
    expect(tip).to_have_text(re.compile(r"^step (29|30)\d\n0\.\d+$"), timeout=20_000)
    page.mouse.move(0, 0)
    expect(tip).to_be_hidden()
    mark = page.get_by_role("note", name="What the optimizer lowers", exact=False)
    mark.focus()
    explained = mark.evaluate("mark => getComputedStyle(mark, '::after').content")
    assert explained.startswith('"What the optimizer lowers')


def test_ticks_stand_at_round_numbers_and_heights_enclose_the_curve(page: Page, growing: Growing):
    growing.grow(1400)
    visit(page, growing.address)
    plot = page.locator(".plot").first
    expect(plot.locator(".x span")).to_have_text(["0", "500", "1,000", "1,500"])
    # From 1/10 down to 1/10 + 1/1510.
    expect(plot.locator(".y span")).to_have_text(["0.1", "0.15", "0.2"])
    box = plot.locator("path.line").evaluate("path => { const { y, height } = path.getBBox(); return [y, y + height] }")
    assert 0 <= box[0] < box[1] <= 100


def test_one_value_has_an_axis_and_whole_numbers_have_no_ticks_between_them(page: Page, growing: Growing):
    def heights(title: str) -> Locator:
        return page.locator("figure").filter(has_text=title).locator(".y span")

    for epoch, units, told in ((1, 0, ["0", "1"]), (2, 2, ["0", "1", "2"]), (3, 32, ["0", "10", "20", "30", "40"])):
        growing.record.validated(growing.id, Validation(epoch * 938, 0.05, units, [0.2] * 32, 3.0, 0.02))
        visit(page, growing.address)
        expect(heights("Active units by epoch")).to_have_text(told)
        expect(heights("Variance of answers by epoch")).to_have_text(["0.02", "0.03", "0.05"])


def test_the_legend_has_the_colours_of_the_lines(page: Page, growing: Growing):
    for epoch in (1, 2):
        growing.record.validated(growing.id, Validation(epoch * 938, 0.05, 32, [0.2] * 32, 3.0, 0.02))
    visit(page, growing.address)
    figure = page.locator("figure").filter(has_text="KL and mutual information in nats by epoch")
    expect(figure.locator(".legend > span")).to_have_text(["KL", "mutual information"])
    lines = figure.locator("path.line").evaluate_all("all => all.map(path => getComputedStyle(path).stroke)")
    dots = figure.locator(".dot").evaluate_all("all => all.map(dot => getComputedStyle(dot).backgroundColor)")
    assert lines == dots and len(set(lines)) == 2


def test_what_explains_a_figure_fits_on_a_phone(page: Page, growing: Growing):
    page.set_viewport_size({"width": 390, "height": 844})
    visit(page, growing.address)
    for mark in page.get_by_role("note").all():
        mark.focus()
        left, width = mark.evaluate(
            """mark => {
                const style = getComputedStyle(mark, '::after')
                return [mark.closest('.tiles > div').getBoundingClientRect().left + parseFloat(style.left),
                    parseFloat(style.width)]
            }"""
        )
        assert left >= 0 and left + width <= 390


def test_a_page_says_that_the_run_it_watches_was_deleted(page: Page, server: Server):
    record, me = new_record(server.folder), psutil.Process()
    run_id = record.create(RunConfig(), "tape", owner=(os.getpid(), born(me)))
    record.claim(run_id, me.pid, born(me))
    visit(page, f"{server.url}/compare?runs={run_id}")
    expect(page.locator(WORDS)).to_be_visible()
    # As a browser that asks before it hears of it: its console would show the 404 that it gets.
    page.route(NEWS, lambda route: route.fulfill(content_type="text/plain", body="gone"))
    record.end(run_id, "stopped")
    record.delete(run_id)
    expect(page.get_by_text("The link may be old", exact=False)).to_be_visible(timeout=20_000)
