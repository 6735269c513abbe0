"""A whole device, walked in slices: what came is kept whatever ends it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from agents.snmp.oids import Oid
from agents.snmp.session import Session
from agents.snmp.varbinds import Varbind

EVERYTHING: tuple[Oid, ...] = ((1, 0), (1, 2), (1, 3))
"""IEEE 802 under ISO standards (LLDP) and member bodies (link aggregation), and all that RFC 2578 has."""
SLICE = 500
MOST = 2_000_000


@dataclass(slots=True)
class Walked:
    """What came, in the device's order; `error` says why it is not all, None when it is."""

    varbinds: list[Varbind] = field(default_factory=list)
    error: str | None = None


async def walk(session: Session, roots: Sequence[Oid], told: Callable[[int, Oid], None]) -> Walked:
    """Walk everything below the roots; `told` hears after each slice how many objects came and which was the last.

    Never raises for what the device does; when the task is cancelled, what came until then is returned.
    """
    walked = Walked()
    try:
        for root in roots:
            await _below(session, root, walked, told)
    except asyncio.CancelledError:
        walked.error = "interrupted"
    return walked


async def _below(session: Session, root: Oid, walked: Walked, told: Callable[[int, Oid], None]) -> None:
    after = root
    while len(walked.varbinds) < MOST:
        part = await session.successors(root, after, SLICE)
        found = part.varbinds[0]
        walked.varbinds += found
        if part.error:
            walked.error = walked.error or str(part.error)
        if found:
            after = found[-1].oid
            told(len(walked.varbinds), after)
        if part.error or len(found) < SLICE:
            return
    walked.error = f"more than {MOST} objects"
