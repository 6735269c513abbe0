"""A reading to bodies: one, or several where it would be larger than a record may be."""

import logging
from collections.abc import Callable, Iterator

from zstandard import ZstdCompressor

from contract.batch import Batch, Table, TooLargeError, encode
from contract.wire import MAX_BODY

log = logging.getLogger(__name__)


def put_within(batch: Batch, put: Callable[[bytes], None], packing: ZstdCompressor | None = None) -> int:
    """Hand over the batch, halved as often as it takes; the parts share its time and its poll. Returns how many rows
    were left out because no record could hold even one of them."""
    left_out = 0
    for part, lacks in _parts(batch, packing):
        put(part)
        left_out += lacks
    return left_out


def _parts(batch: Batch, packing: ZstdCompressor | None) -> Iterator[tuple[bytes, int]]:
    try:
        body = encode(batch, packing)
    except TooLargeError:
        body = None
    if body is not None and len(body) <= MAX_BODY:
        yield body, 0
        return
    rows = sum(len(table.rows) for table in batch.tables)
    if rows < 2:  # nothing left to halve
        log.error("a reading of %s has a row that is too large to send; it was left out", batch.device or "the agent")
        yield encode(batch.model_copy(update={"tables": []}), packing), rows
        return
    for keep in (0, 1):
        tables = [half for table in batch.tables if (half := _half(table, keep)).rows]
        yield from _parts(batch.model_copy(update={"tables": tables}), packing)


def _half(table: Table, keep: int) -> Table:
    rows = table.rows[keep::2]
    times = None if table.times is None else table.times[keep::2]
    return table.model_copy(update={"rows": rows, "times": times})
