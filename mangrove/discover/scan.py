"""Many addresses, some at a time: what was found is kept whatever ends it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from mangrove.discover.ask import Found, Refusal

MAX_IN_FLIGHT: Final = 1024
Ask = Callable[[str], Awaitable[Found | Refusal | None]]


@dataclass(slots=True)
class Scan:
    """What came of it. `asked` are the addresses of which the answer, or the silence, is known."""

    found: list[Found] = field(default_factory=list)
    refused: dict[str, Refusal] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    interrupted: bool = False


async def scan(addresses: Sequence[str], ask: Ask, in_flight: int, told: Callable[[Scan], None]) -> Scan:
    """Ask each address, `in_flight` at a time; `told` hears after each. When the task is cancelled, what is known until
    then is returned."""
    scanned = Scan()
    left = iter(addresses)
    workers = [asyncio.create_task(_work(left, ask, scanned, told)) for _ in range(min(in_flight, len(addresses)))]
    try:
        await asyncio.gather(*workers)
    except asyncio.CancelledError:
        scanned.interrupted = True
        if task := asyncio.current_task():
            task.uncancel()
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    order = {address: place for place, address in enumerate(addresses)}
    scanned.found.sort(key=lambda one: order[one.address])
    return scanned


async def _work(left: Iterator[str], ask: Ask, scanned: Scan, told: Callable[[Scan], None]) -> None:
    for address in left:
        answer = await ask(address)
        if isinstance(answer, Found):
            scanned.found.append(answer)
        elif answer is not None:
            scanned.refused[address] = answer
        scanned.asked.add(address)
        told(scanned)
