"""Looks at the demo from its start to its end, and shows what it sees."""

import logging
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from rich.panel import Panel

from collector.config import SOCKET
from contract.control import ControlError, ask
from mangrove.demo.measures import Measures
from mangrove.demo.numbers import Stats, stats
from mangrove.demo.place import CONTROL
from mangrove.demo.process import end
from mangrove.demo.screen import Screen
from mangrove.demo.seen import Seen
from mangrove.demo.view import Frame, render, starting
from simulator.clock import Clock

REFRESH_S = 1.0
LOOK_S = 0.1
START_S = 60.0
LOG_TAIL = 2_000
SETTLE_S = 8.0

log = logging.getLogger(__name__)


class DemoError(Exception):
    """A part of the demo did not start or has ended; the text has the end of its log."""


class Watching:
    """`parts` are the processes, and more may come; `frame` is what stands around the numbers; `last` are the
    collector's newest."""

    last: Stats

    def __init__(
        self, folder: Path, stop: threading.Event, screen: Screen, measures: Measures, seen: Seen, frame: Frame
    ) -> None:
        self.parts: dict[str, subprocess.Popen[bytes]] = {}
        self.measures, self.seen = measures, seen
        self._folder, self._stop, self._screen, self._frame = folder, stop, screen, frame
        self._began_ms = time.time_ns() // 1_000_000

    def wait(self, part: str, ready: Callable[[], bool]) -> None:
        """Wait until a part is ready.

        Raises:
            DemoError: it has ended, takes too long, or the user has ended it all.
        """
        while not ready():
            self._check_parts()
            if self.measures.elapsed_s > START_S:
                raise DemoError(self._tail(part))
            self.show_start()
            if self._stop.wait(LOOK_S):
                raise DemoError("ended before it had begun")

    def show_start(self) -> None:
        """Show which parts have been started."""
        self._screen.show(starting(list(self.parts), self._now(0.0), self._screen.height))
        self.measures.drawn()

    def lives(self) -> bool:
        """Whether the simulator answers; from then on the time of the province is shown."""
        try:
            state = cast("Mapping[str, Mapping[str, float]]", ask(self._folder / CONTROL, "state"))
        except ControlError:
            return False
        self._frame = replace(self._frame, clock=Clock(**state["clock"]))
        return True

    def answers(self) -> bool:
        """Whether the collector answers."""
        try:
            self.last = stats(self._ask)
        except ControlError:
            return False
        return True

    def until_end(self, seconds: float) -> None:
        """Return once the time is over or the user has ended it.

        Raises:
            DemoError, ControlError: a part has ended.
        """
        rate, before, then = 0.0, 0, time.monotonic()
        while not self._stop.wait(REFRESH_S):
            self._check_parts()
            self.last = last = stats(self._ask)
            self.seen.look(self._ask, self._began_ms)
            self.measures.look(len(last["devices"]), last["assigned"], self._pids())
            now, values = time.monotonic(), last["storer"].get("values", 0)
            rate, before, then = (values - before) / (now - then), values, now
            self._screen.show(self._render(rate, self._screen.height))
            if seconds and self.measures.elapsed_s >= seconds:
                break
        self._screen.leave(self._render(rate, None))

    def settle(self, agents: Sequence[str]) -> None:
        """End the agents, which say their last numbers, and wait until the collector has heard them and their last
        batches are stored; what is not by then stays spooled."""
        ended_ms = time.time_ns() // 1_000_000
        end([self.parts[name] for name in agents])
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

    def _render(self, rate: float, height: int | None) -> Panel:
        return render(self.last, self.seen, self._now(rate), self._screen.width, height)

    def _now(self, rate: float) -> Frame:
        return replace(self._frame, values_per_s=rate, elapsed_s=self.measures.elapsed_s)

    def _pids(self) -> dict[str, int]:
        return {name: process.pid for name, process in self.parts.items()}

    def _ask(self, question: str, **more: object) -> object:
        return ask(self._folder / "collector" / SOCKET, question, **more)

    def _check_parts(self) -> None:
        for name, process in self.parts.items():
            if process.poll() is not None:
                raise DemoError(f"{name} has ended with {process.returncode}:\n{self._tail(name)}")

    def _tail(self, name: str) -> str:
        return (self._folder / f"{name}.log").read_text(errors="replace")[-LOG_TAIL:]
