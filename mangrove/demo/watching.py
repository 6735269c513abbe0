"""Looks at the running demo from its start to its end, and draws what it sees."""

import contextlib
import logging
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console, RenderableType
from rich.live import Live

from collector.config import SOCKET
from contract.control import ControlError, ask
from mangrove.demo.measures import Measures
from mangrove.demo.numbers import Stats, stats
from mangrove.demo.process import end
from mangrove.demo.seen import Seen
from mangrove.demo.view import Frame, render, starting

REFRESH_S = 1.0
LOOK_S = 0.1
START_S = 60.0
LOG_TAIL = 2_000
SETTLE_S = 5.0

log = logging.getLogger(__name__)


class DemoError(Exception):
    """A part of the demo did not start or has ended; the text has the end of its log."""


class Watching:
    """`parts` may still grow: what is in it is watched. `last` are the collector's newest numbers."""

    last: Stats

    def __init__(self, folder: Path, stop: threading.Event, measures: Measures, seen: Seen, *, draw: bool) -> None:
        self.parts: dict[str, subprocess.Popen[bytes]] = {}
        self.measures, self.seen = measures, seen
        self._folder, self._stop = folder, stop
        self._began_ms = time.time_ns() // 1_000_000
        self._console = Console(quiet=not draw)
        self._live = Live(
            console=self._console, screen=draw and self._console.is_terminal, auto_refresh=False, transient=True
        )

    @contextlib.contextmanager
    def screen(self) -> Iterator[None]:
        with self._live:
            yield

    def wait(self, what: str, until: Callable[[], bool], frame: Callable[[], Frame]) -> None:
        """Wait for a part to be ready.

        Raises:
            DemoError: it has ended, or takes too long.
        """
        while not until():
            self._check_parts()
            if self.measures.elapsed_s() > START_S:
                raise DemoError(self._tail(what))
            self._draw(starting(list(self.parts), what, frame(), self._console.width, self._height))
            if self._stop.wait(LOOK_S):
                raise DemoError("ended before it had begun")
