"""A performance file as it comes, piece by piece, to what it says of each object (TS 32.435 clause 4.2, TS 28.532).

Expat, without entities: a file with a document type is refused before its root. What has no place in the schema is
passed over, as far as it is little. Nothing is kept but the block at hand.
"""

from xml.parsers import expat

from agents.pm.errors import PmError
from agents.pm.schema import (
    LEAVES,
    MAX_DEPTH,
    MAX_NAME,
    MAX_NAMES,
    MAX_OBJECT,
    MAX_STRANGE,
    MAX_TEXT,
    MAX_TOKEN,
    MAX_TYPES,
    MAX_VALUE,
    PARENTS,
    ROOTS,
    STRANGE,
    TRUE,
    Block,
    Reader,
)


class Parser:
    """One file."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = self._parser.ordered_attributes = True  # lists of names and values are made faster
        self._outside()
        self._parser.StartDoctypeDeclHandler = _refuse_doctype
        self._parser.EntityDeclHandler = _refuse_doctype
        self._text: list[str] = []
        self._parser.CharacterDataHandler = self._text.append
        self._locals: dict[str, str] = {}
        self._leaves: dict[str, str] = {}  # by full name, those that were met
        self._leaf = self._within = ""
        self._path: list[str] = [""]
        self._skipping = self._strange = self._fed = 0
        self._element = ""
        self._block: Block | None = None
        self._by_position: dict[str, str] = {}  # of the wanted counters
        self._is_open = False  # the head of the block was read
        self._name = self._position = ""
        self._given: dict[str, str] = {}  # the values of an object by position
        self._blocks = 0
        self._is_suspect = False
        self._begun: int | None = None  # where the value at hand is in the file

    def feed(self, data: bytes) -> None:
        """Take the next piece.

        Raises:
            PmError: this is no performance file, or not one that we read.
        """
        self._parse(data, last=False)
        self._fed += len(data)
        if self._fed - self._parser.CurrentByteIndex > MAX_TOKEN or sum(map(len, self._text)) > MAX_TEXT:
            raise PmError("a name or a text of it is over 1 MiB long")
        if self._begun is not None and self._fed - self._begun > MAX_OBJECT + MAX_VALUE * len(self._types()):
            raise PmError(f"{self._name[:80]!a} has more in it than the values of {len(self._types())} counters")

    def close(self) -> None:
        """The file ends here.

        Raises:
            PmError: it lacks its end.
        """
        self._parse(b"", last=True)

    def _parse(self, data: bytes, *, last: bool) -> None:
        try:
            self._parser.Parse(data, last)
        except expat.ExpatError as error:
            raise PmError(f"it is no whole XML: {expat.ErrorString(error.code)}, line {error.lineno}") from None
        except (LookupError, ValueError) as error:  # of an encoding that Python does not have, or not for this
            raise PmError(f"its encoding cannot be read: {str(error)[:100]}") from None

    def _start(self, full: str, given: list[str]) -> None:
        if self._skipping:
            self._skip()
            return
        name = self._locals.get(full) or self._learn(full)
        parent = self._path[-1]
        if parent not in PARENTS.get(name, ("",) if name in ROOTS else ()):
            if not parent:
                raise PmError(f"its root is {name[:40]!a}, not {' or '.join(ROOTS)}")
            self._skip()
            return
        self._path.append(name)
        self._text.clear()
        attributes = dict(zip(given[::2], given[1::2], strict=True)) if given else {}
        if name == "measValue":
            self._begin_value(attributes)
        else:
            self._begin(name, parent, attributes)

    def _end(self, _full: str) -> None:
        if self._skipping:
            self._skipping -= 1
            return
        name = self._path.pop()
        if name in ("measTypes", "measType"):
            self._end_types(name)
        elif name == "measInfo":
            self._block, self._blocks = None, self._blocks + 1
            self._pass_over(not self._is_open)
        elif name == "measData":
            self._pass_over(not self._blocks)

    def _start_leaf(self, full: str, given: list[str]) -> None:
        """As `_start`, within a `measValue`: nearly all of a file is there."""
        if self._leaf or full not in self._leaves:
            self._start_strange(full, given)
            return
        self._leaf = self._leaves[full]
        self._position = given[1] if len(given) == 2 else ""  # `p` is the only attribute there is
        self._text.clear()

    def _end_leaf(self, _full: str) -> None:
        leaf, self._leaf = self._leaf, ""
        if leaf == "r":
            self._given[self._position] = "".join(self._text)
        elif leaf == STRANGE:
            self._skipping -= 1
            self._leaf = STRANGE if self._skipping else self._within
        elif leaf == "suspect":
            self._is_suspect = "".join(self._text).strip().lower() in TRUE
        elif leaf:
            self._end_results("".join(self._text).split())
        else:
            self._path.pop()
            self._end_value()

    def _start_strange(self, full: str, given: list[str]) -> None:
        """Within a `measValue`: another kind of leaf, or what has no place there."""
        name = full.rpartition(" ")[2]
        if name in LEAVES and not self._leaf and len(self._leaves) < MAX_NAMES:
            self._leaves[full] = name
            self._start_leaf(full, given)
            return
        if not self._skipping:
            self._within = self._leaf
        self._leaf = STRANGE
        self._skip()

    def _outside(self) -> None:
        self._parser.StartElementHandler, self._parser.EndElementHandler = self._start, self._end

    def _inside(self) -> None:
        self._parser.StartElementHandler, self._parser.EndElementHandler = self._start_leaf, self._end_leaf

    def _skip(self) -> None:
        self._skipping += 1
        self._pass_over(1)
        if self._skipping > MAX_DEPTH:
            raise PmError("it is too deep for the schema of TS 32.435")

    def _pass_over(self, count: int) -> None:
        """Count what has no place in the schema, or nothing in it."""
        self._strange += count
        if self._strange > MAX_STRANGE:
            raise PmError("most of it is not of the schema of TS 32.435, or empty")

    def _learn(self, full: str) -> str:
        if len(self._locals) >= MAX_NAMES:
            raise PmError("it has too many kinds of elements")
        name = self._locals[full] = full.rpartition(" ")[2]
        return name

    def _begin(self, name: str, parent: str, attributes: dict[str, str]) -> None:
        if name == "fileHeader":
            known = (attributes.get(key, "")[:MAX_NAME] for key in ("vendorName", "dnPrefix", "fileFormatVersion"))
            self._reader.header(*known)
        elif name == "measData" and parent in ROOTS:
            self._element, self._blocks = "", 0
        elif name in ("managedElement", "measEntity"):
            self._element = _name(attributes.get("localDn", ""))
        elif name == "measInfo":
            self._block, self._is_open = Block(self._element), False
        elif name == "measType":
            self._position = attributes.get("p", "")
        elif name == "granPeriod" and self._block is not None:
            self._block.length, self._block.end = attributes.get("duration", ""), attributes.get("endTime", "")

    def _begin_value(self, attributes: dict[str, str]) -> None:
        if self._block is not None and not self._is_open:
            self._open(self._block)
        self._inside()
        self._name = _name(attributes.get("measObjLdn", ""))
        self._given, self._is_suspect = {}, False
        self._begun = self._parser.CurrentByteIndex

    def _open(self, block: Block) -> None:
        wanted = self._reader.block(block)
        self._by_position = {place: counter for place, counter in block.types.items() if counter in wanted}
        self._is_open = True

    def _end_value(self) -> None:
        self._outside()
        self._begun = None
        block, given = self._block, self._given
        if block is None:
            return
        self._pass_over(not given)
        if len(given) > len(block.types):
            raise PmError(f"{self._name[:80]!a} has {len(given)} values for {len(block.types)} counters")
        values = {counter: given[place] for place, counter in self._by_position.items() if place in given}
        self._reader.value(block, self._name, values, is_suspect=self._is_suspect)

    def _end_results(self, given: list[str]) -> None:
        types = self._types()
        if len(given) != len(types):
            raise PmError(f"{self._name[:80]!a} has {len(given)} values for {len(types)} counters")
        self._given = dict(zip(types, given, strict=True))

    def _types(self) -> dict[str, str]:
        return self._block.types if self._block is not None else {}

    def _end_types(self, name: str) -> None:
        text, block = "".join(self._text), self._block
        if block is None:
            return
        if self._is_open:
            raise PmError("a block names counters after their values")
        if name == "measTypes":
            listed = text.split(maxsplit=MAX_TYPES)
            block.types |= {str(place): counter for place, counter in enumerate(listed, 1)}
        else:
            block.types[self._position] = text.strip()
        if len(block.types) > MAX_TYPES:
            raise PmError(f"a block has over {MAX_TYPES} counters")


def _name(text: str) -> str:
    if len(text) > MAX_NAME:
        raise PmError(f"the name {text[:80]!a} is over {MAX_NAME} letters long")
    return text


def _refuse_doctype(*_of_it: object) -> None:
    raise PmError("it has a document type or entities, which no file of TS 32.435 has")
