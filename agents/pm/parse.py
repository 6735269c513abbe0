"""A performance file as it comes, piece by piece, to what it says of each object (TS 32.435 clause 4.2, TS 28.532).

What has no place in the schema is passed over, as far as it is little. Nothing is kept but the block at hand.
"""

from collections.abc import Mapping
from itertools import count as counting
from re import Match

from agents.pm.document import Document
from agents.pm.errors import PmError
from agents.pm.objects import Objects, checked
from agents.pm.plain import NUMBERED, VALUE
from agents.pm.schema import (
    MAX_DEPTH,
    MAX_HEADS,
    MAX_NAME,
    MAX_NAMES,
    MAX_OBJECT,
    MAX_STRANGE,
    MAX_TEXT,
    MAX_TYPES,
    MAX_VALUE,
    PARENTS,
    ROOTS,
    STRANGE_EVERY,
    Block,
    Reader,
)

Attributes = Mapping[str, str]


class Parser:
    """One file."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._document = Document(self._start, self._end)
        self._text = self._document.text
        self._prefix: bytes | None = None  # of plain values
        self._names: dict[str, str] = {}  # of elements, by those with their namespace
        self._path: list[str] = [""]
        self._skipping = self._strange = self._heads = self._blocks = 0
        self._element = self._position = ""
        self._objects = Objects(reader, Block())
        self._begun: int | None = None  # where the object at hand is in the file
        self._begins = dict.fromkeys(PARENTS, self._begin_head) | {
            **dict.fromkeys(ROOTS, self._begin_root),
            "fileHeader": self._begin_header,
            "measData": self._begin_data,
            "managedElement": self._begin_element,
            "measEntity": self._begin_element,
            "measInfo": self._begin_info,
            "granPeriod": self._begin_period,
            "measType": self._begin_numbered,
            "measValue": self._begin_value,
            "r": self._begin_numbered,
        }
        self._ends = {
            "measData": self._end_data,
            "measInfo": self._end_info,
            "measType": self._end_type,
            "measTypes": self._end_types,
            "measValue": self._end_value,
            "r": self._end_r,
            "measResults": self._end_results,
            "suspect": self._end_suspect,
        }

    def feed(self, data: bytes) -> None:
        """Take the next piece.

        Raises:
            PmError: this is no performance file, or not one that we read.
        """
        first = at = 0  # plain values without a gap; expat has all before them, and then their lines
        is_plain = False
        for value in VALUE.finditer(data):
            start = value.start()
            if at < start or not at:
                self._document.feed(b"\n" * data.count(b"\n", first, at) + data[at:start])
                first = at = start
                is_plain = self._may_be_plain()
            if is_plain and value[1] in (b"", self._prefix):
                self._take(value)
                at = value.end()
        self._document.feed(b"\n" * data.count(b"\n", first, at) + data[at:])
        if sum(map(len, self._text)) > MAX_TEXT:
            raise PmError("a text of it is over 1 MiB long")
        name, count = self._objects.name, len(self._objects.block.types)
        if self._begun is not None and self._document.fed - self._begun > MAX_OBJECT + MAX_VALUE * count:
            raise PmError(f"{name[:80]!a} has more in it than the values of {count} counters")

    def close(self) -> None:
        """The file ends here.

        Raises:
            PmError: it lacks its end.
        """
        self._document.close()

    def _may_be_plain(self) -> bool:
        """Whether a value that stands here is one, and not a part of something else."""
        is_within = self._path[-1] == "measInfo" and not self._skipping
        return is_within and self._prefix is not None and self._document.is_between()

    def _take(self, value: Match[bytes]) -> None:
        objects = self._objects
        if objects.begin(value[2].decode()):
            objects.given = dict(NUMBERED.findall(value[3].decode()))
            if value[4] is not None:
                objects.listed = value[4].decode().split()
            if value[5] not in (None, b"false"):
                objects.suspect(value[5].decode())
            objects.end()

    def _start(self, full: str, attributes: Attributes) -> None:
        if self._skipping:
            self._skip()
            return
        name = self._names.get(full) or self._learn(full)
        parent = self._path[-1]
        if parent not in PARENTS.get(name, ()):
            if not parent:
                raise PmError(f"its root is {name[:40]!a}, not {' or '.join(ROOTS)}")
            self._skip()
            return
        self._path.append(name)
        self._text.clear()
        self._begins[name](attributes)

    def _end(self, _full: str) -> None:
        if self._skipping:
            self._skipping -= 1
            return
        end = self._ends.get(self._path.pop())
        if end is not None:
            end("".join(self._text))

    def _learn(self, full: str) -> str:
        if len(self._names) >= MAX_NAMES:
            raise PmError("it has too many kinds of elements")
        name = self._names[full] = full.rpartition(" ")[2]
        return name

    def _skip(self) -> None:
        self._skipping += 1
        self._pass_over()
        if self._skipping > MAX_DEPTH:
            raise PmError("it is too deep for the schema of TS 32.435")

    def _pass_over(self) -> None:
        """Count what has no place in the schema, or nothing in it."""
        self._strange += 1
        if self._strange > MAX_STRANGE + self._document.fed // STRANGE_EVERY:
            raise PmError("most of it is not of the schema of TS 32.435, or empty")

    def _begin_root(self, _attributes: Attributes) -> None:
        self._prefix = self._document.prefix()

    def _begin_header(self, attributes: Attributes) -> None:
        known = (attributes.get(key, "")[:MAX_NAME] for key in ("vendorName", "dnPrefix", "fileFormatVersion"))
        self._reader.header(*known)

    def _begin_head(self, _attributes: Attributes) -> None:
        """What stands once in its place."""
        self._heads += 1
        if self._heads > MAX_HEADS:
            self._pass_over()

    def _begin_data(self, _attributes: Attributes) -> None:
        self._element, self._blocks, self._heads = "", 0, 0

    def _end_data(self, _text: str) -> None:
        if not self._blocks:
            self._pass_over()

    def _begin_element(self, attributes: Attributes) -> None:
        self._begin_head(attributes)
        self._element = checked(attributes.get("localDn", ""))

    def _begin_info(self, _attributes: Attributes) -> None:
        self._objects, self._heads = Objects(self._reader, Block(self._element)), 0

    def _end_info(self, _text: str) -> None:
        self._blocks += 1
        if not self._objects.is_open:
            self._pass_over()

    def _begin_period(self, attributes: Attributes) -> None:
        self._begin_head(attributes)
        block = self._objects.block
        block.length, block.end = attributes.get("duration", ""), attributes.get("endTime", "")

    def _begin_numbered(self, attributes: Attributes) -> None:
        self._position = attributes.get("p", "")

    def _end_type(self, text: str) -> None:
        if self._position in self._objects.block.types:
            self._pass_over()
        self._objects.types({self._position: text.strip()})

    def _end_types(self, text: str) -> None:
        self._objects.types(dict(zip(map(str, counting(1)), text.split(maxsplit=MAX_TYPES), strict=False)))

    def _begin_value(self, attributes: Attributes) -> None:
        self._begun, self._heads = self._document.at(), 0
        self._objects.begin(attributes.get("measObjLdn", ""))

    def _end_r(self, text: str) -> None:
        if self._position in self._objects.given:
            self._pass_over()
        self._objects.given[self._position] = text

    def _end_results(self, text: str) -> None:
        self._objects.listed = text.split()

    def _end_suspect(self, text: str) -> None:
        self._objects.suspect(text)

    def _end_value(self, _text: str) -> None:
        self._begun = None
        if not self._objects.end():
            self._pass_over()
