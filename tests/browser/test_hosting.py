"""What a host counts on, seen on a running server: health, other sites kept out, and logs that programs can read."""

import http.client
import json
import os
import re
import signal
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Server, visit
from tests.conftest import new_record
from tests.jobs.test_local import wait
from vae.runs import Run

pytestmark = pytest.mark.browser


def ask(server: Server, method: str, path: str, **headers: str) -> http.client.HTTPResponse:
    """A request, also one that no browser of ours would send; the answer is read."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    body = b"stolen" if method == "PUT" else None
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    if answer.status != 101:
        answer.read()
    connection.close()
    return answer


def test_health_is_told(server):
    assert ask(server, "GET", "/_stcore/health").status == 200


def test_another_site_cannot_upload_for_a_visitor(server):
    path = "/_stcore/upload_file/session/file"
    cookies = SimpleCookie(ask(server, "GET", "/_stcore/health").headers["Set-Cookie"])
    token = cookies["_streamlit_xsrf"].value
    cookie = f"_streamlit_xsrf={token}"
    assert ask(server, "PUT", path, Origin="https://evil.example", Cookie=cookie).status == 403
    # The app's own pages know the token: then it is the session that does not exist.
    assert ask(server, "PUT", path, Cookie=cookie, X_Xsrftoken=token).status == 400


def test_another_site_may_not_read_answers(server):
    for path in ("/_stcore/health", "/_stcore/host-config"):
        allowed = ask(server, "GET", path, Origin="https://evil.example").headers["Access-Control-Allow-Origin"]
        assert allowed not in ("*", "https://evil.example")


def upgrade(server: Server, host: str, origin: str) -> int:
    """The status with which the server answers a websocket from a page of `origin`; 101 opens it."""
    key = {"Sec_WebSocket_Key": "MDEyMzQ1Njc4OWFiY2RlZg==", "Sec_WebSocket_Version": "13"}
    return ask(
        server, "GET", "/_stcore/stream", Host=host, Origin=origin, Connection="Upgrade", Upgrade="websocket", **key
    ).status


def test_another_site_cannot_open_a_session_for_a_visitor(server):
    assert upgrade(server, f"127.0.0.1:{server.port}", "https://evil.example") == 403


def test_a_proxy_that_passes_the_host_on_is_let_through(server):
    assert upgrade(server, "lab.example", "https://lab.example") == 101


def events(file: Path) -> list[dict]:
    """The lines of a log that are JSON objects."""
    return [json.loads(line) for line in file.read_text().splitlines() if line.startswith("{")]


def start_training(page: Page, server: Server, settings: str) -> str:
    """Starts a training by a click; the run's id."""
    visit(page, f"{server.url}/train?loop=GradientTape%2C+compiled&{settings}")
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url("**/train?run=*", timeout=60_000)
    return re.search(r"run=([0-9a-f]{32})", page.url)[1]


@pytest.fixture(scope="module")
def ended(server: Server, browser: Browser) -> tuple[Run, Run]:
    """A run that finished, and one whose worker was killed."""
    page = browser.new_page()
    record = new_record(server.folder)
    done = start_training(page, server, "epochs=1&images=640")
    wait(lambda: record.get(done).state == "finished", 120)
    lost = start_training(page, server, "epochs=500")
    wait(lambda: record.get(lost).step, 120)
    os.kill(record.get(lost).pid, signal.SIGKILL)
    wait(lambda: record.get(lost).state == "lost")
    page.close()
    runs = record.get(done), record.get(lost)
    record.engine.dispose()
    return runs


def test_the_servers_log_tells_what_becomes_of_a_run(server: Server, ended):
    log = server.log_file
    wait(lambda: sum(event["event"] == "run ended" for event in events(log)) == 2)
    told = events(log)
    assert told[0]["event"] == "dispatcher elected"
    for run in ended:
        assert [(event["event"], event.get("state")) for event in told if event.get("run") == run.id] == [
            ("run submitted", None),
            ("run started", None),
            ("run ended", run.state),
        ]
    (end,) = [event for event in told if event["event"] == "run ended" and event["state"] == "lost"]
    assert end["level"] == "warning" and end["step"] == ended[1].step
    assert abs(end["seconds"] - (ended[1].ended - ended[1].started)) < 0.01


def test_no_log_tells_a_name_that_somebody_gave(server: Server, ended):
    logs = server.log_file.read_text() + (server.folder / "worker.log").read_text()
    assert ended[0].name not in logs and "Traceback" not in logs


def test_the_workers_log_tells_what_it_trains(server: Server, ended):
    told = [event for event in events(server.folder / "worker.log") if event.get("run") == ended[0].id]
    assert [event["event"] for event in told] == ["worker trains", "worker leaves"]
    assert (told[1]["state"], told[1]["step"]) == ("finished", 10)
