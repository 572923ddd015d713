"""A visitor as the server sees one: a websocket session that opens pages, moves controls, and follows live parts."""

import asyncio
import json
import random
import time
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Slider_pb2 import Slider

PATIENCE_SECONDS = 60
MAX_MESSAGE = 64 << 20
PICTURES = ("imgs", "plotly_chart")
# Where a widget's state holds its value, by the kind of its element.
FIELDS = {"slider": "double_array_value", "button_group": "string_array_value", "number_input": "double_value"}
WHOLE, OF_A_PART = ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY


class Control(NamedTuple):
    """A widget: its id, the field that holds its value, the part of the page it redraws, and a slider's ends."""

    id: str
    field: str
    part: str
    ends: tuple[float, float] | None


class Took(NamedTuple):
    """Seconds from what was sent to the first picture that came, if one did, and to the end of the script."""

    picture: float | None
    end: float


class Session:
    """One websocket session; it sends what a browser sends."""

    def __init__(self, url: str):
        """Takes no connection yet; `url` is the server's, beginning with http."""
        self.url, self.bytes = url, 0
        self.errors: list[str] = []
        self.page, self.query = "", ""
        self.controls: dict[str, Control] = {}
        self.live: dict[str, float] = {}
        self.boards: dict[str, dict[str, Any]] = {}

    async def __aenter__(self) -> "Session":
        """Connects."""
        address = self.url.replace("http", "ws", 1) + "/_stcore/stream"
        self.socket = await websockets.connect(
            address, subprotocols=["streamlit"], origin=self.url, max_size=MAX_MESSAGE
        )
        self.finished, self.awaited, self.picture = asyncio.Event(), WHOLE, None
        self.hearing = asyncio.create_task(self._hear())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leaves."""
        self.hearing.cancel()
        await self.socket.close()

    async def open(self, page: str, query: str) -> Took:
        """Opens a page by its name and query string."""
        self.page, self.query = page, query
        self.controls, self.live, self.boards = {}, {}, {}
        return await self._run(BackMsg(), WHOLE)

    async def move(self, control: Control, value: float | str) -> Took:
        """Gives a control a value; redrawn is the part of the page that it belongs to."""
        message = BackMsg()
        widget = message.rerun_script.widget_states.widgets.add(id=control.id)
        if control.field.endswith("array_value"):
            getattr(widget, control.field).data.append(value)
        else:
            setattr(widget, control.field, value)
        message.rerun_script.fragment_id = control.part
        return await self._run(message, OF_A_PART if control.part else WHOLE)

    async def follow(self) -> None:
        """Asks for news of a page's boards and for its live parts again and again, as a browser does."""
        async with httpx.AsyncClient(base_url=self.url) as client:
            await asyncio.gather(self._redraw(), self._watch(client))

    async def _watch(self, client: httpx.AsyncClient) -> None:
        asked: dict[str, float] = {}
        while True:
            now = time.monotonic()
            live = {name: board["again"] for name, board in self.boards.items() if board["again"]}
            due = {name: asked.setdefault(name, now) + again for name, again in live.items()}
            name = min(due, key=due.__getitem__, default="")
            await asyncio.sleep(max(0.0, due[name] - now) if due else 1.0)
            if name not in self.boards:  # nothing is followed, or another page was opened meanwhile
                continue
            answer = await client.get(f"/board?{self.boards[name]['query']}")
            asked[name] = time.monotonic()
            self.bytes += len(answer.content)
            if name in self.boards:
                self.boards[name] = answer.json()

    async def _redraw(self) -> None:
        while True:
            await asyncio.sleep(min(self.live.values(), default=1.0))
            for part in list(self.live):
                message = BackMsg()
                message.rerun_script.fragment_id, message.rerun_script.is_auto_rerun = part, True
                await self._send(message)

    def named(self, key: str) -> Control:
        """The control that the page calls `key`."""
        return next(control for control in self.controls.values() if control.id.endswith(f"-{key}"))

    async def _run(self, message: BackMsg, awaited: int) -> Took:
        self.finished.clear()
        self.awaited, self.picture = awaited, None
        start = time.monotonic()
        await self._send(message)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.finished.wait()
        return Took(self.picture and self.picture - start, time.monotonic() - start)

    async def _send(self, message: BackMsg) -> None:
        message.rerun_script.page_name, message.rerun_script.query_string = self.page, self.query
        await self.socket.send(message.SerializeToString())

    async def _hear(self) -> None:
        async for data in self.socket:
            self.bytes += len(data)
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            if kind == "script_finished" and message.script_finished == self.awaited:
                self.finished.set()
            elif kind == "auto_rerun":
                self.live[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            elif kind == "delta":
                self._take(message.delta)

    def _take(self, delta: Delta) -> None:
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind in PICTURES:
            self.picture = self.picture or time.monotonic()
        elif kind == "exception":
            self.errors.append(f"{self.page}: {element.exception.type}")
        elif kind == "bidi_component" and element.bidi_component.component_name == "vae_lab_board":
            self.boards[element.bidi_component.id] = json.loads(element.bidi_component.json)
        elif kind in FIELDS:
            widget = getattr(element, kind)
            ends = (widget.min, widget.max) if kind == "slider" and widget.type == Slider.SLIDER else None
            chosen = "string_array_value" if kind == "slider" and not ends else FIELDS[kind]
            self.controls[widget.id] = Control(widget.id, chosen, delta.fragment_id, ends)


@dataclass
class Waits:
    """Seconds that visitors waited, and what went wrong."""

    load: list[float] = field(default_factory=list)
    rerun: list[float] = field(default_factory=list)
    bytes: int = 0
    errors: list[str] = field(default_factory=list)


class Visitor:
    """One session at the pace of a person."""

    def __init__(self, url: str, pages: list[tuple[str, str]], waits: Waits, seed: int):
        """Takes no connection yet.

        Args:
            url: the server's, beginning with http.
            pages: names and query strings of the pages it goes through.
            waits: where its waiting is written down.
            seed: of its pace and choices.
        """
        self.session, self.pages, self.waits = Session(url), pages, waits
        self.random = random.Random(seed)

    async def stay(self, until: float, think: float) -> None:
        """Goes from page to page until a moment of time.monotonic(), thinking `think` seconds on average."""
        await asyncio.sleep(self.random.uniform(0, think))
        try:
            async with self.session:
                following = asyncio.create_task(self.session.follow())
                try:
                    await self._wander(until, think)
                finally:
                    following.cancel()
        except (OSError, TimeoutError, websockets.WebSocketException) as error:
            self.waits.errors.append(f"{self.session.page}: {type(error).__name__} {error}")
        self.waits.errors += self.session.errors
        self.waits.bytes += self.session.bytes

    async def _wander(self, until: float, think: float) -> None:
        while time.monotonic() < until:
            self.waits.load.append((await self.session.open(*self.random.choice(self.pages))).end)
            for _ in range(3):
                await asyncio.sleep(self.random.uniform(0.5, 1.5) * think)
                sliders = [control for control in self.session.controls.values() if control.ends]
                if sliders and time.monotonic() < until:
                    slider = self.random.choice(sliders)
                    low, high = slider.ends or (0, 0)
                    value = float(self.random.randint(int(low), int(high)))
                    self.waits.rerun.append((await self.session.move(slider, value)).end)
