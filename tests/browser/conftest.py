"""A real server on a record of its own, and a real browser that looks at it."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Playwright, sync_playwright

from tests.conftest import PROJECT

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
READY = '[data-testid="stApp"][data-test-connection-state="CONNECTED"][data-test-script-state="notRunning"]'
# A page below the root makes Streamlit look for the server below it first, and then where it is.
PROBES = ("/_stcore/health", "/_stcore/host-config")


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Server:
    """The app in a process of its own."""

    def __init__(self, folder: Path, port: int = 0, **settings: str):
        self.folder, self.port, self.settings = folder, port or free_port(), settings
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_file = folder.parent / "server.log"
        self.start()

    def start(self) -> None:
        """Starts it and waits until it answers."""
        command = [sys.executable, "-m", "streamlit", "run", "server.py"]
        address = ["--server.port", str(self.port), "--server.address", "127.0.0.1"]
        ours = {"VAE_LAB_ARTIFACTS": str(self.folder), "STREAMLIT_SERVER_HEADLESS": "true"}
        environment = {**os.environ, **ours, **self.settings}
        environment.pop("VAE_LAB_DATABASE_URL", None)
        self.log = self.log_file.open("ab")
        self.process = subprocess.Popen(
            command + address, cwd=PROJECT, env=environment, stdout=self.log, stderr=self.log
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2).close()
                return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.2)
        raise TimeoutError("The server did not answer within 60 seconds.")

    def kill(self) -> None:
        """Ends the server as a crash would; a worker that trains goes on."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.log.close()

    def workers(self) -> list[psutil.Process]:
        """The worker processes that use this server's record."""
        found = []
        for process in psutil.process_iter():
            try:
                ours = process.environ().get("VAE_LAB_ARTIFACTS") == str(self.folder)
                if ours and "vae.jobs.worker" in process.cmdline():
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def close(self) -> None:
        """Ends the server and its workers."""
        if self.process.poll() is None:
            self.kill()
        self.log.close()
        for worker in self.workers():
            with contextlib.suppress(psutil.NoSuchProcess):  # it has left by itself
                worker.kill()
                worker.wait(10)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Shows with a failure what was on the page and what the server said last."""
    report = yield
    page, server = item.funcargs.get("page"), item.funcargs.get("server")
    if report.when == "call" and report.failed and page:
        try:
            words = page.locator("body").inner_text(timeout=5000)
        except Error as error:  # what is raised here would end all tests
            words = f"cannot be read: {error.message}"
        report.sections.append((f"The page at {page.url}", words))
        if server:
            report.sections.append(("The server's log", server.log_file.read_text()[-3000:]))
    return report


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with an empty record."""
    running = Server(tmp_path_factory.mktemp("server") / "runs")
    yield running
    running.close()


def chromium(playwright: Playwright) -> Browser:
    """Chromium: `CHROMIUM_PATH`, one on the PATH, or Playwright's own."""
    path = os.environ.get("CHROMIUM_PATH") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    return playwright.chromium.launch(executable_path=path, args=FLAGS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, for all tests of a session."""
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page; at the end of the test no script error and no console error may have been seen."""
    errors: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.location["url"].endswith(PROBES):
            errors.append(f"{message.text} {message.location['url']}")

    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.on("console", listen)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def visit(page: Page, url: str) -> None:
    """Opens an address and waits until the page stands still."""
    page.goto(url)
    settle(page)


def settle(page: Page) -> None:
    """Waits until the script has run and nothing is a placeholder any more."""
    page.wait_for_selector(READY, timeout=60_000)
    page.wait_for_function("document.querySelectorAll('[data-testid=stSkeleton]').length === 0", timeout=60_000)
    assert page.locator('[data-testid="stException"]').count() == 0
