"""Streamlit's own files: compressed once, and announced with the page that needs them."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from starlette.applications import Starlette
from streamlit.web.server.starlette.starlette_static_routes import create_streamlit_static_assets_routes

from pages.parts.assets import FOLDER, PROGRAMS, Assets, files

PLOTLY = FOLDER / files(("PlotlyChart",))[0]


def run(work: Coroutine):
    """In a thread of its own: the browser of other tests has a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


class Counted:
    """Streamlit's files as it serves them, and the paths that it was asked for."""

    def __init__(self, base: str):
        self.app, self.asked = Starlette(routes=create_streamlit_static_assets_routes(base)), []

    async def __call__(self, scope, receive, send):
        self.asked.append(scope["path"])
        await self.app(scope, receive, send)


class Client:
    """Asks for paths below where Streamlit is served."""

    def __init__(self, base: str):
        self.streamlit = Counted(base)
        self.transport, self.base = httpx.ASGITransport(Assets(self.streamlit)), f"http://lab/{base}"

    def ask(self, path: str, method: str = "GET", headers: dict[str, str] | None = None) -> httpx.Response:
        return self.ask_together(1, path, method, headers)[0]

    def ask_together(self, times: int, path: str, method="GET", headers=None) -> list[httpx.Response]:
        async def asked() -> list[httpx.Response]:
            async with httpx.AsyncClient(transport=self.transport, base_url=self.base) as client:
                return await asyncio.gather(*[client.request(method, path, headers=headers) for _ in range(times)])

        return run(asked())


@pytest.fixture(params=["", "lab"])
def client(request):
    return Client(request.param)


def test_a_program_is_a_third_as_long_on_the_way_and_compressed_once(client):
    path = f"static/js/{PLOTLY.name}"
    for answer in [*client.ask_together(3, path), client.ask(path)]:
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["vary"] == "Accept-Encoding"
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.content == PLOTLY.read_bytes()
        assert answer.num_bytes_downloaded < len(answer.content) / 3
    assert len(client.streamlit.asked) == 1


def test_who_leaves_while_it_is_compressed_leaves_it_whole_for_the_others(client):
    async def left() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def unheard(message) -> None:
        pass

    headers = [(b"accept-encoding", b"gzip"), (b"host", b"lab")]
    path = f"{client.base.removeprefix('http://lab').rstrip('/')}/static/js/{PLOTLY.name}"
    scope = {"type": "http", "method": "GET", "path": path, "headers": headers, "query_string": b"", "root_path": ""}
    run(client.transport.app(scope, left, unheard))
    assert client.ask(f"static/js/{PLOTLY.name}").content == PLOTLY.read_bytes()


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"accept-encoding": "identity"}, 200), ({"range": "bytes=0-9"}, 206), ({"if-none-match": "W/x"}, 200)],
)
def test_who_asks_for_it_in_another_way_gets_it_as_it_is(client, headers, status):
    answer = client.ask(f"static/js/{PLOTLY.name}", headers=headers)
    assert answer.status_code == status
    assert "content-encoding" not in answer.headers


def test_what_is_no_program_is_streamlits_matter_and_never_kept(client):
    for _ in range(2):
        client.ask("static/js/none.0.js")
        assert client.ask(f"none/static/js/{PLOTLY.name}").headers["content-type"].startswith("text/html")
        client.ask(f"static/js/{PLOTLY.name}", "POST")
    assert len(client.streamlit.asked) == 6


@pytest.mark.parametrize("page", PROGRAMS)
def test_a_page_announces_what_draws_its_figures(client, page):
    announced = client.ask(page).headers["link"]
    names = files(PROGRAMS[page])
    assert len(names) == len(PROGRAMS[page])
    assert announced.count("modulepreload") == len(names)
    assert all(f"<./static/js/{name}>" in announced for name in names)


@pytest.mark.parametrize("path", ["", "runs", f"static/js/{PLOTLY.name}", "favicon.png"])
def test_nothing_else_announces_anything(client, path):
    assert "link" not in client.ask(path).headers
