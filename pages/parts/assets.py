"""Streamlit's own files over slow networks: compressed, and those that draw a page's figures sent for with the page."""

import asyncio
from functools import cache
from pathlib import Path

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FOLDER = Path(streamlit.__file__).parent / "static" / "static" / "js"
# What a page draws its figures with, in the order of need; else the browser hears of them from the page's script alone.
PROGRAMS = {
    "compare": ("Multiselect", "ButtonGroup", "PlotlyChart", "DataFrame"),
    "latent_space": ("PlotlyChart",),
}


@cache
def files(programs: tuple[str, ...]) -> list[str]:
    """The names of the programs' files; without those that this version of Streamlit calls otherwise."""
    return [file.name for program in programs for file in sorted(FOLDER.glob(f"{program}.*.js"))]


class Assets:
    """Middleware around Streamlit.

    Streamlit leaves compressing to a proxy, which a laptop in front of a class has not. Until Compare's
    curves are drawn, 9 MB come from it, or 3.
    """

    def __init__(self, app: ASGIApp):
        """Args: app: Streamlit's."""
        self.app, self.gzip = app, GZipMiddleware(app)
        self.names = {file.name for file in FOLDER.glob("*.js")}
        self.kept: dict[str, list[Message]] = {}
        self.turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers with a compressed program, or as Streamlit does."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
        elif self._is_program(scope):
            await self._compressed(scope, send)
        else:
            await self.app(scope, receive, _announcing(Path(scope["path"]).name, send))

    def _is_program(self, scope: Scope) -> bool:
        folder, _, name = scope["path"].rpartition("/")
        headers = Headers(scope=scope)
        whole = not {"range", "if-none-match", "if-modified-since"} & set(headers)
        accepted = "gzip" in headers.get("accept-encoding", "")
        return folder.endswith("/static/js") and name in self.names and accepted and whole

    async def _compressed(self, scope: Scope, send: Send) -> None:
        """Compresses a program once, also for a class that asks at the same time: its name changes with its content."""
        path, answer = scope["path"], list[Message]()

        async def keep(message: Message) -> None:
            answer.append(message)

        async with self.turn:
            if path not in self.kept:
                await self.gzip(scope, _patient, keep)
                # Below a folder that does not exist, Streamlit answers with the page: strangers know many such folders.
                if _media_type(answer[0]) == "text/javascript":
                    self.kept[path] = answer
        for message in self.kept.get(path, answer):
            await send(message)


def _media_type(start: Message) -> str:
    return Headers(raw=start["headers"]).get("content-type", "").partition(";")[0]


async def _patient() -> Message:
    """What a visitor says who does not leave: others want the whole answer, also if the first one does not any more."""
    return await asyncio.Future()


def _announcing(page: str, send: Send) -> Send:
    """Names the programs of a page in the answer with its HTML (RFC 8288)."""

    async def announce(message: Message) -> None:
        if message["type"] == "http.response.start" and _media_type(message) == "text/html":
            for file in files(PROGRAMS.get(page, ())):
                MutableHeaders(scope=message).append("link", f'<./static/js/{file}>; rel="modulepreload"; crossorigin')
        await send(message)

    return announce
