"""A training by the app and one by the bare loop, in turns: one stands still while the other trains."""

import json
import signal
import subprocess
import sys
import time
from contextlib import suppress
from itertools import pairwise
from statistics import median

import numpy as np
import psutil
from numpy.typing import ArrayLike

from benchmarks.app_bench import PATIENCE_SECONDS, Bench
from tests.browser.conftest import visit
from tests.conftest import PROJECT, suspend
from vae.config import RunConfig
from vae.curves import report_ends

LIVE_PAGES = {"no page": "", "Train": "/train?run={}", "Compare": "/compare?runs={}"}
# Of each page. Short beside the time in which a machine changes its pace, and long beside an epoch. The app's are the
# longer ones: it gives test images a share of the time that passes, also while it stands still.
TURNS, BARE_SECONDS, APP_SECONDS = 4, 4.0, 6.0
# Of each turn, not counted: all that was due while it stood still is done at once.
SETTLING_SECONDS = 1.0
# Both loops compile, and the app starts its next spare worker; a page that has been opened loads what is needed later.
BEGINNING_SECONDS, OPENING_SECONDS = 12.0, 8.0
# More epochs than the turns have time for.
CONFIG = RunConfig(epochs=500)


class Bare:
    """The loop in a process of its own."""

    def __init__(self, loop: str):
        command = [sys.executable, "-m", "benchmarks.app_bare", loop, str(CONFIG.epochs)]
        self.process = subprocess.Popen(
            command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def suspend(self) -> None:
        """Lets it stand still."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Lets it go on."""
        self.process.send_signal(signal.SIGCONT)

    def end(self) -> list[float]:
        """Ends it; the seconds a step of each of its turns."""
        self.process.terminate()
        self.resume()
        return by_turn(*np.transpose(json.loads(self.process.communicate(timeout=PATIENCE_SECONDS)[0])))


class App:
    """A run that a worker of the app trains, with the server and the browser."""

    def __init__(self, here: Bench, loop: str):
        self.here, self.record = here, here.record
        here.wait_for_rest()
        self.run_id = self.record.create(CONFIG, loop)
        self.still: list[psutil.Process] = []

    def open(self, address: str) -> None:
        """Opens a page that follows the run."""
        self.here.page.goto("about:blank")
        if address:
            visit(self.here.page, self.here.server.url + address.format(self.run_id))

    def suspend(self) -> None:
        """Lets all of it stand still."""
        server = psutil.Process(self.here.server.process.pid)
        browser = [child for child in psutil.Process().children(recursive=True) if "chrom" in child.name()]
        self.still = [server, *server.children(recursive=True), *browser]
        suspend(self.record, self.still)

    def resume(self) -> None:
        """Lets all of it go on."""
        for process in self.still:
            with suppress(psutil.NoSuchProcess):
                process.resume()

    def end(self) -> list[float]:
        """Ends the run; the seconds a step of each of its turns."""
        if not self.record.get(self.run_id).active:
            raise RuntimeError(f"{CONFIG.epochs} epochs were over before the last turn: this machine is too fast.")
        self.resume()
        self.record.ask_stop(self.run_id)
        self.here.wait_for_end(self.run_id)
        metrics = self.record.metrics(self.run_id)
        reports = report_ends(metrics)
        return by_turn(metrics.seconds[reports], metrics.step[reports])


def by_turn(seconds: ArrayLike, steps: ArrayLike) -> list[float]:
    """Seconds a step in each stretch of reports without a pause, after its first `SETTLING_SECONDS`.

    Args:
        seconds: [n], when each report came.
        steps: [n], the steps done by then.
    """
    seconds, steps = np.asarray(seconds), np.asarray(steps)
    pauses = np.flatnonzero(np.diff(seconds) > BARE_SECONDS / 2) + 1
    turns = np.split(np.arange(len(seconds)), pauses)
    counted = [turn[seconds[turn] - seconds[turn[0]] >= SETTLING_SECONDS] for turn in turns]
    return [float(np.ptp(seconds[turn]) / np.ptp(steps[turn])) for turn in counted if len(turn) > 1]


def in_turns(here: Bench, loop: str) -> tuple[list[float], dict[str, float]]:
    """Trains the tutorial's model by the app, with each of `LIVE_PAGES` open for a while, and by the bare loop.

    Returns:
        seconds an epoch of the bare loop in each of its turns, and for each page the app's seconds over those of the
        bare turns before and after each of its own: the median.
    """
    app, bare = App(here, loop), Bare(loop)
    try:
        time.sleep(BEGINNING_SECONDS)
        bare.suspend()
        for address in LIVE_PAGES.values():
            app.resume()
            app.open(address)
            time.sleep(OPENING_SECONDS)
            app.suspend()
            _turn(bare, BARE_SECONDS)
            for _ in range(TURNS):
                _turn(app, APP_SECONDS)
                _turn(bare, BARE_SECONDS)
        alone, by_app = bare.end()[1:], app.end()
    finally:
        app.resume()
        bare.process.kill()
        bare.process.communicate()
    ratios = {}
    for number, page in enumerate(LIVE_PAGES):
        # The opening of the page is a turn of the app's, too.
        own = by_app[number * (TURNS + 1) + 1 :][:TURNS]
        around = pairwise(alone[number * (TURNS + 1) :][: TURNS + 1])
        ratios[page] = median(2 * seconds / sum(pair) for seconds, pair in zip(own, around, strict=True))
    return [seconds * CONFIG.steps_per_epoch for seconds in alone], ratios


def _turn(training: Bare | App, seconds: float) -> None:
    training.resume()
    time.sleep(seconds)
    training.suspend()
