"""An impatient visitor, in a browser, on a server that has just started."""

import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.faults import Outcome
from benchmarks.faults.lab import wait
from tests.browser.conftest import Server, chromium, settle
from tests.conftest import new_record

TIMES, CLICKS = 3, 200


def many_clicks() -> Outcome:
    """200 clicks on Start within seconds, on servers that nobody has used before."""
    lost, seconds = 0, []
    for _ in range(TIMES):
        with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
            server, browser = Server(Path(name) / "runs"), chromium(playwright)
            try:
                page = browser.new_page()
                page.goto(f"{server.url}/train?epochs=500&loop=GradientTape%2C+compiled")
                start = page.get_by_role("button", name="Start training")
                # As soon as it is there, while the server is still getting ready.
                start.wait_for(timeout=60_000)
                began = time.monotonic()
                start.click(click_count=CLICKS)
                page.wait_for_url("**run=*", timeout=300_000)
                settle(page)
                seconds.append(time.monotonic() - began)
                record = new_record(server.folder)
                runs = record.newest()
                wait(lambda record=record, run=runs[0]: record.get(run.id).state == "running")
                record.engine.dispose()
                lost += len(runs) != 1 or "Traceback" in (Path(name) / "server.log").read_text()
            finally:
                browser.close()
                server.close()
    note = "one run each time; the time is from the first click until its page stands still, in a browser"
    return Outcome("200 clicks on Start", "in one burst, on a server just started", TIMES, lost, 0, [], seconds, note)
