"""The ledger as rows, one for each agent and boot. Pure."""

from collections.abc import Mapping
from dataclasses import fields
from typing import TypedDict

from collector.books import Book, balance


class LedgerRow(TypedDict):
    """Counts of batches at the agent's last heartbeat; `missing` are intervals of numbers that are nowhere."""

    agent: str
    boot: str
    produced: int
    seen: int
    stored: int
    refused: int
    held: int
    dropped: int
    spooled: int
    earlier: int
    missing: list[tuple[int, int]]
    balanced: bool


def sets(book: Book) -> dict[str, list[tuple[int, int]]]:
    """Return every set of a book as intervals: the rows' counts can be made again from them."""
    return {part.name: getattr(book, part.name).pairs() for part in fields(book)}


def rows(books: Mapping[tuple[str, str], Book]) -> list[LedgerRow]:
    """Return a row for each book."""
    out: list[LedgerRow] = []
    for (agent, boot), book in sorted(books.items()):
        drawn = balance(book)
        out.append(
            LedgerRow(
                agent=agent,
                boot=boot,
                produced=drawn.produced,
                seen=drawn.seen,
                stored=drawn.stored,
                refused=drawn.refused,
                held=drawn.held,
                dropped=drawn.dropped,
                spooled=drawn.spooled,
                earlier=drawn.earlier,
                missing=drawn.missing.pairs(),
                balanced=drawn.balanced,
            )
        )
    return out
