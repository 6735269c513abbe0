"""One file to bodies of batches, in a thread: unpacked, parsed, gathered, packed. Touches nothing but the file."""

import threading
from dataclasses import dataclass
from datetime import timezone
from hashlib import blake2b
from pathlib import Path

from agents import batch_limits
from agents.host_clock import Stamp
from agents.pm.drop import Mark
from agents.pm.gather import Gather
from agents.pm.parse import Parser
from agents.pm.plan import Plan
from agents.pm.unpack import pieces
from contract.batch import compressor

DIGEST_BYTES = 16


class StoppedError(Exception):
    """The process ends."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How files are read: at most `most` bytes, unpacked; see `Gather` for the others."""

    most: int
    zone: timezone | None = None
    length_s: int | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """What a file gave. `digest` is of its content, unpacked."""

    digest: bytes
    bodies: list[bytes]
    rows_left_out: int
    gathered: Gather


def read(path: Path, mark: Mark, plan: Plan, stamp: Stamp, terms: Terms, stop: threading.Event) -> Read:
    """Read a file.

    Raises:
        PmError: it is no performance file, or not whole.
        ChangedError: it is another one by now, or gone.
        StoppedError: `stop` was set.
        OSError: the disk does not give it back.
    """
    gather = Gather(plan, stamp, terms.zone, terms.length_s)
    parser, digest = Parser(gather), blake2b(digest_size=DIGEST_BYTES)
    for piece in pieces(path, mark, terms.most):
        if stop.is_set():
            raise StoppedError
        parser.feed(piece)
        digest.update(piece)
    parser.close()
    bodies: list[bytes] = []
    packing, left_out = compressor(), 0
    for batch in gather.batches():
        left_out += batch_limits.put_within(batch, bodies.append, packing)
        if stop.is_set():
            raise StoppedError
    return Read(digest.digest(), bodies, left_out, gather)
