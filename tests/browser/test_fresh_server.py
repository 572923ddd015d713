"""Links on a server that has just started, and a server that dies while a worker trains."""

import time

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server, visit
from tests.browser.test_journey import LIVE_CHART, PATHS
from tests.conftest import new_record

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("path", PATHS)
def test_a_deep_link_is_the_first_thing_a_fresh_server_hears(page: Page, tmp_path, path: str):
    server = Server(tmp_path / "runs")
    try:
        visit(page, server.url + path)
        expect(page.get_by_role("link", name="Latent space")).to_be_visible()
    finally:
        server.close()


def test_a_restarted_server_finds_the_running_worker_again(browser: Browser, tmp_path):
    server = Server(tmp_path / "runs")
    # Not the page that checks the console: a page whose server dies may say so there.
    page = browser.new_page()
    try:
        visit(page, f"{server.url}/train?epochs=500&loop=GradientTape%2C+compiled")
        page.get_by_role("button", name="Start training").click()
        page.wait_for_url("**/train?run=*", timeout=30_000)
        expect(page.locator(LIVE_CHART).first).to_be_visible(timeout=60_000)
        address = page.url
        record = new_record(server.folder)
        run = record.newest(("running",))[0]
        server.kill()
        server.start()
        visit(page, address)
        expect(page.locator(LIVE_CHART).first).to_be_visible(timeout=60_000)
        before, deadline = record.get(run.id).step, time.monotonic() + 30
        while record.get(run.id).step <= before and time.monotonic() < deadline:
            time.sleep(0.2)
        again = record.get(run.id)
        assert (again.state, again.pid) == ("running", run.pid)
        assert again.step > before
    finally:
        page.close()
        server.close()
