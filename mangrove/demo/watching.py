"""Looks at the running demo until its end, and draws what it sees if there is a terminal."""

import logging
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.live import Live

from collector.config import SOCKET
from contract.control import ControlError, ask
from mangrove.demo.measures import Measures
from mangrove.demo.numbers import Stats, stats
from mangrove.demo.phone import Phone
from mangrove.demo.process import end
from mangrove.demo.seen import Seen
from mangrove.demo.view import render

REFRESH_S = 1.0
START_S = 60.0
LOG_TAIL = 2_000
SETTLE_S = 3.0

log = logging.getLogger(__name__)


class DemoError(Exception):
    """A part of the demo did not start or has ended; the text has the end of its log."""


class Watching:
    """`last` are the collector's newest numbers."""

    last: Stats

    def __init__(
        self,
        folder: Path,
        parts: Mapping[str, subprocess.Popen[bytes]],
        broker: str,
        received: Phone,
        began: float,
    ) -> None:
        self._socket, self._folder, self._parts = folder / "collector" / SOCKET, folder, parts
        self._broker, self._began_ms = broker, time.time_ns() // 1_000_000
        self.measures = Measures(began, {name: process.pid for name, process in parts.items()})
        self.seen = Seen(received)

    def until_end(self, stop: threading.Event, seconds: float, *, draw: bool) -> None:
        """Return once the time is over or `stop` is set."""
        self._first(stop)
        rate, before, then = 0.0, 0, time.monotonic()
        console = Console(quiet=not draw)
        with Live(console=console, screen=console.is_terminal, auto_refresh=False, transient=True) as live:
            while not stop.wait(REFRESH_S):
                self._check_parts()
                self.last = last = stats(self._ask)
                self.seen.look(self._ask, self._began_ms)
                self.measures.polled(len(last["devices"]), last["assigned"])
                now, values = time.monotonic(), last["storer"].get("values", 0)
                rate, before, then = (values - before) / (now - then), values, now
                if draw:
                    height = console.height if console.is_terminal else None
                    screen = render(last, rate, self._broker, self.measures.elapsed_s(), self.seen, height)
                    live.update(screen, refresh=console.is_terminal)
                    self.measures.drawn()
                if seconds and self.measures.elapsed_s() >= seconds:
                    break
        self.measures.look()
        if draw:
            Console().print(render(self.last, rate, self._broker, self.measures.elapsed_s(), self.seen))

    def settle(self, agents: Sequence[str]) -> None:
        """End the agents, which say their last numbers, and wait until the collector has heard them."""
        import sys
        print(self.measures.by_name(), self.measures.cores(), file=sys.stderr)
        ended_ms = time.time_ns() // 1_000_000
        end([self._parts[name] for name in agents])
        deadline = time.monotonic() + SETTLE_S
        try:
            while time.monotonic() < deadline:
                before, self.last = self.last, stats(self._ask)
                heard = all(agent["time"] >= ended_ms for agent in self.last["agents"].values())
                if heard and before["ledger"] == self.last["ledger"]:
                    break
                time.sleep(0.15)
        except ControlError as error:
            log.warning("the collector ended before the last look: %s", error)

    def _first(self, stop: threading.Event) -> None:
        while True:
            self._check_parts()
            try:
                self.last = stats(self._ask)
            except ControlError as error:
                if self.measures.elapsed_s() > START_S:
                    raise DemoError(self._tail("collector")) from error
                if stop.wait(0.1):
                    raise DemoError("ended before it had begun") from error
            else:
                return

    def _ask(self, question: str, **more: object) -> object:
        return ask(self._socket, question, **more)

    def _check_parts(self) -> None:
        for name, process in self._parts.items():
            if process.poll() is not None:
                raise DemoError(f"{name} has ended with {process.returncode}:\n{self._tail(name)}")

    def _tail(self, name: str) -> str:
        return (self._folder / f"{name}.log").read_text(errors="replace")[-LOG_TAIL:]
