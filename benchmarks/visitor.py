"""A visitor as the server sees one: a websocket session that opens pages, moves a control, and follows live parts."""

import asyncio
import random
import time
from dataclasses import dataclass, field

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Slider_pb2 import Slider

PATIENCE_SECONDS = 60
MAX_MESSAGE = 64 << 20


@dataclass
class Waits:
    """Seconds that visitors waited, and what went wrong."""

    load: list[float] = field(default_factory=list)
    rerun: list[float] = field(default_factory=list)
    bytes: int = 0
    errors: list[str] = field(default_factory=list)


class Visitor:
    """One session. It sends what a browser sends, at the pace of a person."""

    def __init__(self, url: str, pages: list[tuple[str, str]], waits: Waits, seed: int):
        """Takes no connection yet.

        Args:
            url: the server's, beginning with http.
            pages: names and query strings of the pages it goes through.
            waits: where its waiting is written down.
            seed: of its pace and choices.
        """
        self.url, self.pages, self.waits = url, pages, waits
        self.random = random.Random(seed)
        self.page, self.query = pages[0]
        self.sliders: dict[str, tuple[float, float]] = {}
        self.live: dict[str, float] = {}
        self.finished = asyncio.Event()

    async def stay(self, until: float, think: float) -> None:
        """Goes from page to page until a moment of time.monotonic(), thinking `think` seconds on average."""
        address = self.url.replace("http", "ws", 1) + "/_stcore/stream"
        await asyncio.sleep(self.random.uniform(0, think))
        try:
            async with websockets.connect(
                address, subprotocols=["streamlit"], origin=self.url, max_size=MAX_MESSAGE
            ) as self.socket:
                hearing = asyncio.create_task(self._hear())
                following = asyncio.create_task(self._follow())
                try:
                    await self._wander(until, think)
                finally:
                    hearing.cancel()
                    following.cancel()
        except (OSError, TimeoutError, websockets.WebSocketException) as error:
            self.waits.errors.append(f"{self.page}: {type(error).__name__} {error}")

    async def _wander(self, until: float, think: float) -> None:
        while time.monotonic() < until:
            self.page, self.query = self.random.choice(self.pages)
            self.sliders, self.live = {}, {}
            self.waits.load.append(await self._run())
            for _ in range(3):
                await asyncio.sleep(self.random.uniform(0.5, 1.5) * think)
                if self.sliders and time.monotonic() < until:
                    slider = self.random.choice(list(self.sliders))
                    self.waits.rerun.append(await self._run(slider))

    async def _run(self, slider: str | None = None) -> float:
        """Runs the page, with a slider moved if one is given; returns the seconds until it stands still."""
        self.finished.clear()
        start = time.monotonic()
        await self.socket.send(self._message(slider).SerializeToString())
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.finished.wait()
        return time.monotonic() - start

    def _message(self, slider: str | None = None, fragment: str = "") -> BackMsg:
        message = BackMsg()
        state = message.rerun_script
        state.page_name, state.query_string, state.fragment_id = self.page, self.query, fragment
        state.is_auto_rerun = bool(fragment)
        if slider is not None:
            low, high = self.sliders[slider]
            widget = state.widget_states.widgets.add(id=slider)
            widget.double_array_value.data.append(self.random.randint(int(low), int(high)))
        return message

    async def _hear(self) -> None:
        async for data in self.socket:
            self.waits.bytes += len(data)
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            if kind == "script_finished":
                self.finished.set()
            elif kind == "auto_rerun":
                self.live[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            elif kind == "delta" and message.delta.HasField("new_element"):
                element = message.delta.new_element
                if element.HasField("slider") and element.slider.type == Slider.SLIDER:
                    self.sliders[element.slider.id] = (element.slider.min, element.slider.max)
                elif element.HasField("exception"):
                    self.waits.errors.append(f"{self.page}: {element.exception.type}")

    async def _follow(self) -> None:
        """Asks for the live parts of a page again and again, as a browser does."""
        while True:
            await asyncio.sleep(min(self.live.values(), default=1.0))
            for fragment in list(self.live):
                await self.socket.send(self._message(fragment=fragment).SerializeToString())
