"""The edge nodes whose births were heard, in a file of the data folder: after a restart they are asked for them again,
also those that no mapping calls by name."""

import asyncio
import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, TypeAdapter, ValidationError

from agents.sensors.sparkplug.topic import Node, is_level
from contract import durable

log = logging.getLogger(__name__)

NAME = "sparkplug-nodes.json"
MAX_REMEMBERED = 1_000
PAUSE_S = 1.0  # between two writes: whoever invents nodes can do so fast


def _level(text: str) -> str:
    if not is_level(text):
        raise ValueError("it cannot be a level of a topic")
    return text


_Level = Annotated[str, AfterValidator(_level)]
_FILE = TypeAdapter(list[tuple[_Level, _Level]])


class Remembered:
    """Lives on the event loop."""

    def __init__(self, folder: Path | None) -> None:
        """Read what a former process has left in the folder; without one nothing outlives this process."""
        self._path = folder / NAME if folder else None
        self._nodes: dict[Node, None] = {}  # the one born the longest ago is the first
        self._news = asyncio.Event()
        self._writing = asyncio.Lock()
        if self._path:
            self.note(_read(self._path))
            self._news.clear()

    def nodes(self) -> list[Node]:
        """Return them."""
        return list(self._nodes)

    def note(self, born: Iterable[Node]) -> None:
        """Remember nodes that were born. When they are too many, those born the longest ago are forgotten."""
        for node in born:
            if node in self._nodes:
                del self._nodes[node]
            else:
                self._news.set()
            self._nodes[node] = None
        while len(self._nodes) > MAX_REMEMBERED:
            del self._nodes[next(iter(self._nodes))]

    async def keep(self) -> None:
        """Write what is new, for ever."""
        while True:
            await self._news.wait()
            await self.write()
            await asyncio.sleep(PAUSE_S)

    async def write(self) -> None:
        """Write what is new, if anything is. What the disk does not take goes with the next that is new."""
        async with self._writing:
            if not self._news.is_set():
                return
            self._news.clear()
            if self._path is None:
                return
            try:
                await asyncio.to_thread(durable.replace, self._path, json.dumps(self.nodes()).encode())
            except OSError as error:
                log.warning(
                    "%s cannot be written (%s): after a restart new edge nodes are asked for births once they speak",
                    self._path,
                    error,
                )


def _read(path: Path) -> list[Node]:
    try:
        return _FILE.validate_json(path.read_bytes())
    except FileNotFoundError:
        return []
    except (OSError, ValidationError) as error:
        why = str(error).splitlines()[0]
        log.error(
            "%s cannot be read (%s): it is begun anew, edge nodes are asked for births once they speak", path, why
        )
        return []
