"""A real server, a real browser, and what is timed in them."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import psutil
from playwright.sync_api import Browser, Error, Page, sync_playwright

from benchmarks.app_record import write_race
from tests.browser.conftest import CHROMIUM, FLAGS, Server, settle, visit
from tests.conftest import new_record
from vae.loops import LOOPS
from vae.runs import Run, Store

PATIENCE_SECONDS = 120
# Milliseconds before an answer begins, and bytes a second: 10 Mbit/s.
FAR = {"offline": False, "latency": 40, "downloadThroughput": 1.25e6, "uploadThroughput": 1.25e6}
NOTE_CLICK = "addEventListener('click', () => { window.clicked ??= Date.now() / 1000 }, true)"
# A line of one point is not seen yet, and has no "L" in its path. The board is in a shadow tree.
LIVE_CURVE = """() =>
    [...document.querySelectorAll('[data-testid^="stBidiComponent"], [data-testid^="stBidiComponent"] *')].some(
        (host) => host.shadowRoot?.querySelector('path.line[d*="L"]')) && Date.now() / 1000"""
STILL_CURVES = """() =>
    document.querySelector('.js-plotly-plot .scatterlayer path') !== null && performance.now() / 1000"""
POINTS = "document.querySelector('.js-plotly-plot').calcdata.map(curve => curve.length)"


class Click(NamedTuple):
    """Seconds from the click on Start to the run's row, the worker that takes it, its first step and its curve."""

    recorded: float
    claimed: float
    first_step: float
    curve: float


class Opening(NamedTuple):
    """Seconds to the drawn curves, and the points of each curve.

    By a click in the app, on runs that the server has not read before; by an address that is opened in the browser, on
    such runs, and a second time; and by it in a browser that is `FAR` and has nothing of the app in its cache.
    """

    click: float
    address: float
    again: float
    far: float
    points: list[int]


class Bench:
    """A server on a record of its own, and a page of a browser."""

    def __init__(self, server: Server, browser: Browser):
        self.server, self.browser = server, browser
        self.record: Store = new_record(server.folder)
        self.new_page()

    def new_page(self) -> None:
        """Takes a page that has nothing in its cache, and makes it load what all pages share."""
        self.page = self._empty_page()
        visit(self.page, self.server.url)

    def wait_for_rest(self) -> None:
        """Waits until the server and its spare worker have used next to no CPU time for 2 s."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        quiet = 0
        while quiet < 4:
            quiet = quiet + 1 if self._rests() else 0
            if time.monotonic() > deadline:
                raise TimeoutError(f"The spare worker did not come to rest within {PATIENCE_SECONDS} seconds.")

    def _rests(self) -> bool:
        processes = [psutil.Process(self.server.process.pid), *self.server.workers()]
        before = _cpu_seconds(processes)
        time.sleep(0.5)
        return len(processes) == 2 and _cpu_seconds(processes) - before < 0.05

    def wait_for_end(self, run_id: str) -> Run:
        """Waits until a run has ended."""
        while (run := self.record.get(run_id)).active:
            time.sleep(2)  # looking takes time from the training
        if run.error:
            raise RuntimeError(run.error)
        return run

    def click(self, loop: str) -> Click:
        """What a person waits for who presses Start on the Train page while a warm worker waits."""
        visit(self.page, f"{self.server.url}/train?loop={quote(LOOPS[loop].title)}")
        self.wait_for_rest()
        self.page.evaluate(NOTE_CLICK)
        known = {run.id for run in self.record.newest()}
        with ThreadPoolExecutor(1) as pool:
            first_step = pool.submit(_first_step, self.record, known)
            self.page.get_by_role("button", name="Start training").click()
            curve = self.page.wait_for_function(LIVE_CURVE, timeout=PATIENCE_SECONDS * 1000).json_value()
            run, step = first_step.result()
        clicked = self.page.evaluate("window.clicked")
        self.record.ask_stop(run.id)
        self.wait_for_end(run.id)
        return Click(run.created - clicked, run.started - clicked, step - clicked, curve - clicked)

    def open_compare(self) -> Opening:
        """Opens Compare on long runs that have ended."""
        write_race(self.record)  # the newest race, which Compare shows when it is not told another one
        self.new_page()
        self.wait_for_rest()
        self.page.evaluate("addEventListener('click', () => { window.clicked ??= performance.now() / 1000 }, true)")
        self.page.get_by_role("link", name="Compare", exact=True).click()
        seconds = [_drawn(self.page) - self.page.evaluate("window.clicked")]
        address = f"{self.server.url}/compare?" + "&".join(f"runs={run_id}" for run_id in write_race(self.record))
        self.new_page()
        self.wait_for_rest()
        for _ in range(2):
            self.page.goto(address, wait_until="commit")
            seconds.append(_drawn(self.page))
            settle(self.page)
        return Opening(*seconds, self._seconds_from_afar(address), self.page.evaluate(POINTS))

    def _seconds_from_afar(self, address: str) -> float:
        page = self._empty_page()
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.send("Network.emulateNetworkConditions", FAR)
        page.goto(address, wait_until="commit")
        seconds = _drawn(page)
        page.context.close()
        return seconds

    def _empty_page(self) -> Page:
        return self.browser.new_context(viewport={"width": 1280, "height": 900}).new_page()


@contextmanager
def bench() -> Iterator[Bench]:
    """A server and a browser that leave nothing behind."""
    with tempfile.TemporaryDirectory(prefix="vae-lab-") as folder, _chromium() as browser:
        server = Server(Path(folder) / "runs")
        try:
            yield Bench(server, browser)
        finally:
            server.close()


@contextmanager
def _chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM_PATH") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        except Error:
            sys.exit("There is no Chromium here that starts; set CHROMIUM_PATH to one, or install it.")
        try:
            yield browser
        finally:
            browser.close()


def _drawn(page: Page) -> float:
    """Waits for Compare's curves; the seconds since the page was opened."""
    return page.wait_for_function(STILL_CURVES, timeout=PATIENCE_SECONDS * 1000).json_value()


def _first_step(record: Store, known: set[str]) -> tuple[Run, float]:
    """Waits for a run that is not `known`, and returns it with the time at which its first step was in the record."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        newest = record.newest(limit=1)
        if newest and newest[0].id not in known and newest[0].step:
            return newest[0], time.time()
        time.sleep(0.01)
    raise TimeoutError(f"No step was recorded within {PATIENCE_SECONDS} seconds of the click.")


def _cpu_seconds(processes: list[psutil.Process]) -> float:
    try:
        return sum(sum(process.cpu_times()[:2]) for process in processes)
    except psutil.NoSuchProcess:
        return float("inf")
