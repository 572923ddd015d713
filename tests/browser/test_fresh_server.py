"""Links on a server that has just started, and a server that dies while a worker trains."""

import signal
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server, visit
from tests.browser.test_journey import LIVE_CURVE, PATHS
from tests.conftest import new_record
from vae.config import RunConfig
from vae.jobs.local import submit
from vae.runs import checkpoints

pytestmark = pytest.mark.browser
# When Plotly's program was sent for, its bytes on the way and unpacked, and when the app first asked for anything.
TIMES = """() => {
    const times = performance.getEntriesByType("resource")
    const plotly = times.find((one) => one.name.includes("/PlotlyChart."))
    return [plotly.startTime, plotly.encodedBodySize, plotly.decodedBodySize,
            times.find((one) => one.name.endsWith("/_stcore/health")).startTime]
}"""


def wait(condition: Callable[[], object], seconds: float = 60) -> None:
    """Waits until it holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.1)


@pytest.fixture
def fresh(tmp_path) -> Iterator[Server]:
    """A server of its own. Ask for it before `page`, which is then closed first and does not miss it."""
    server = Server(tmp_path / "runs")
    yield server
    server.close()


@pytest.fixture
def no_folder(tmp_path) -> None:
    """A file where the record should be; ask for it before `fresh`."""
    (tmp_path / "runs").write_text("no folder")


@pytest.mark.parametrize("path", PATHS)
def test_a_deep_link_is_the_first_thing_a_fresh_server_hears(fresh: Server, page: Page, path: str):
    visit(page, fresh.url + path)
    expect(page.get_by_role("link", name="Latent space")).to_be_visible()


def test_what_draws_the_curves_is_sent_for_with_the_page_and_comes_compressed(fresh: Server, page: Page):
    visit(page, f"{fresh.url}/compare")
    start, length, whole, asked = page.evaluate(TIMES)
    assert start < asked
    assert 0 < length < whole / 3


def test_a_restarted_server_finds_the_running_worker_again(browser: Browser, tmp_path):
    server = Server(tmp_path / "runs")
    # Not the page that checks the console: a page whose server dies may say so there.
    page = browser.new_page()
    try:
        visit(page, f"{server.url}/train?epochs=500&loop=GradientTape%2C+compiled")
        page.get_by_role("button", name="Start training").click()
        page.wait_for_url("**/train?run=*", timeout=30_000)
        expect(page.locator(LIVE_CURVE).first).to_be_attached(timeout=60_000)
        address = page.url
        record = new_record(server.folder)
        run = record.newest(("running",))[0]
        server.kill()
        server.start()
        visit(page, address)
        expect(page.locator(LIVE_CURVE).first).to_be_attached(timeout=60_000)
        before, deadline = record.get(run.id).step, time.monotonic() + 30
        while record.get(run.id).step <= before and time.monotonic() < deadline:
            time.sleep(0.2)
        again = record.get(run.id)
        assert (again.state, again.pid) == ("running", run.pid)
        assert again.step > before
    finally:
        page.close()
        server.close()


def test_after_a_power_cut_the_run_goes_on_before_anybody_opens_a_page(tmp_path):
    server = Server(tmp_path / "runs")
    try:
        record = new_record(server.folder)
        (run_id,) = submit(record, RunConfig(images=6400, epochs=500), ("tape",))
        wait(lambda: checkpoints.newest_step(record.weights_folder(run_id)))
        server.kill()
        for worker in server.workers():
            worker.kill()
            worker.wait(10)
        broken = record.get(run_id)
        server.start()
        wait(lambda: record.get(run_id).state == "running" and record.get(run_id).step > broken.step)
        again = record.get(run_id)
        assert again.resumes == 1 and again.pid != broken.pid
    finally:
        server.close()


def test_a_server_without_a_record_lives_and_its_page_and_log_say_why(no_folder, fresh: Server, page: Page):
    visit(page, fresh.url)
    expect(page.get_by_text("cannot be written")).to_be_visible()
    log = fresh.log_file.read_text()
    assert '"dispatcher cannot work"' in log and "Traceback" not in log


def test_somebody_who_starts_it_at_a_screen_gets_the_page_opened(tmp_path):
    opened, opener = tmp_path / "opened", tmp_path / "opener"
    opener.write_text(f'#!/bin/sh\necho "$1" >{opened}\n')
    opener.chmod(0o755)
    server = Server(tmp_path / "runs", STREAMLIT_SERVER_HEADLESS="false", BROWSER=str(opener))
    try:
        wait(opened.exists)
        wait(lambda: opened.read_text() == f"http://localhost:{server.port}\n")
    finally:
        server.close()


def test_ctrl_c_ends_a_server_also_while_it_gets_ready(tmp_path):
    server = Server(tmp_path / "runs")
    try:
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(20) == 0
        assert "Traceback" not in server.log_file.read_text()
    finally:
        server.close()
