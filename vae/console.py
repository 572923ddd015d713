"""What the terminal shows while it works."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def progress_bar(title: str, unit: str, total: int, stopping: threading.Event) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr, while Control-C sets `stopping`; yields what tells it how much is done."""
    before = signal.signal(signal.SIGINT, lambda *_: stopping.set())
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn(f"{{task.completed:.0f}} of {{task.total:.0f}} {unit}, {{task.fields[rate]}}"),
        TimeRemainingColumn(),
    )
    try:
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(title, total=total, rate="starting")

            def show(done: int) -> None:
                speed = bar.tasks[0].speed
                bar.update(task, completed=done, rate=f"{speed:.0f} a second" if speed else "starting")

            yield show
    finally:
        signal.signal(signal.SIGINT, before)


def quiet_import(name: str) -> ModuleType:
    """Imports a module that brings TensorFlow, whose C++ part greets on file descriptor 2 whatever one sets."""
    terminal = os.dup(2)
    with open(os.devnull, "w") as silence:
        os.dup2(silence.fileno(), 2)
    try:
        return import_module(name)
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)
