"""The schema of performance files (TS 32.435 clause 4.2; TS 28.532 has the same with other names): what stands where,
and how much of it is read."""

from dataclasses import dataclass, field
from typing import Protocol

ROOTS = ("measCollecFile", "measDataFile")  # TS 32.435; TS 28.532 and 28.550
MAX_DEPTH = 32
MAX_STRANGE, STRANGE_EVERY = 2_000, 64  # elements that are not of the schema, and one more each so many bytes
MAX_HEADS = 16  # elements that stand once in a block, an object or a file
MAX_NAMES = 1_000  # of elements
MAX_TYPES = 20_000  # counters of a block
MAX_TEXT = 1 << 20
MAX_NAME = 1_000
MAX_OBJECT, MAX_VALUE = 1 << 16, 256  # bytes of an object, and for each of its counters
MAX_TOKEN = 1 << 20  # bytes that expat holds back
PARENTS = {
    **dict.fromkeys(ROOTS, ("",)),
    "fileHeader": ROOTS,
    "fileSender": ("fileHeader",),
    "measCollec": ("fileHeader", "fileFooter"),
    "measData": (*ROOTS, "fileHeader", "fileFooter"),
    "fileFooter": ROOTS,
    "managedElement": ("measData",),
    "measEntity": ("measData",),
    "measInfo": ("measData",),
    "job": ("measInfo",),
    "granPeriod": ("measInfo",),
    "repPeriod": ("measInfo",),
    "measTypes": ("measInfo",),
    "measType": ("measInfo",),
    "measValue": ("measInfo",),
    "measResults": ("measValue",),
    "r": ("measValue",),
    "suspect": ("measValue",),
}
TRUE = ("true", "1")


@dataclass(slots=True)
class Block:
    """The head of a `measInfo`: whose counters they are, of which period, and which. `types` has the counters by their
    position, from 1 on in the order of the list where the file numbers none."""

    element: str = ""
    length: str = ""
    end: str = ""
    types: dict[str, str] = field(default_factory=dict)


class Reader(Protocol):
    """Whoever takes what a file says."""

    def header(self, vendor: str, prefix: str, version: str) -> None:
        """Take the head of the file: `prefix` is what all its names begin with."""

    def block(self, block: Block) -> frozenset[str]:
        """Take the head of a block; return the counters whose values are wanted."""

    def wants(self, block: Block, name: str) -> bool:
        """Whether the counters of an object are wanted at all."""

    def value(self, block: Block, name: str, values: dict[str, str], *, is_suspect: bool) -> None:
        """Take the wanted counters of such an object."""
