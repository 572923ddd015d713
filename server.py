"""The server: the app's pages, the news of trainings, and the dispatcher, which waits for no visitor."""

import asyncio
import atexit
import os
import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pages.parts.assets import Assets


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """What is done before the first visitor is served."""
    # Not at the top: what it caches belongs to Streamlit's runtime, which runs only now.
    from pages.parts import background

    await asyncio.to_thread(background.start_with_server)
    if not st.get_option("server.headless"):
        # Streamlit opens the browser only for servers that are one script; in a second this one answers.
        address = f"http://{st.get_option('browser.serverAddress')}:{st.get_option('server.port')}"
        threading.Timer(1, webbrowser.open, (address,)).start()
    yield
    # Python ends its other threads wherever they are, and OpenBLAS then waits for ever for one that was computing.
    atexit.register(os._exit, 0)


def board(request: Request) -> Response:
    """What is new of the runs that a browser watches."""
    # Not at the top, as above.
    from pages.parts import feed

    return feed.respond(request.url.query)


# Also below a base path, if the server has one.
routes = [Route(path, board) for path in ("/board", "/{base:path}/board")]
app = st.App("streamlit_app.py", lifespan=lifespan, routes=routes, middleware=[Middleware(Assets)])
