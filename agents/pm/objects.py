"""The objects of one block, one after the other, each with its values by position or in a list. Pure."""

from collections.abc import Mapping
from itertools import compress

from agents.pm.errors import PmError
from agents.pm.schema import MAX_NAME, MAX_TYPES, TRUE, Block, Reader


class Objects:
    """Those of `block`, whose head grows until the first of them begins."""

    def __init__(self, reader: Reader, block: Block) -> None:
        self._reader, self.block = reader, block
        self.is_open = False
        """Whether the head is whole: an object has begun."""
        self._is_wanted: tuple[bool, ...] = ()  # each counter of the block
        self._by_position: dict[str, str] = {}  # the wanted ones
        self.name = ""
        self._is_ours = False
        self.given: dict[str, str] = {}
        """The values of the object at hand by position."""
        self.listed: list[str] | None = None
        """All its values, by the order of the counters: they go before those by position."""
        self._is_suspect = False

    def types(self, types: Mapping[str, str]) -> None:
        """Take counters by position.

        Raises:
            PmError: they are too many, or too late.
        """
        if self.is_open:
            raise PmError("a block names counters after their values")
        self.block.types |= types
        if len(self.block.types) > MAX_TYPES:
            raise PmError(f"a block has over {MAX_TYPES} counters")

    def begin(self, name: str) -> bool:
        """Begin an object; return whether its values are wanted.

        Raises:
            PmError: the head of the block cannot be read, or the name.
        """
        if not self.is_open:
            self._open()
        self.name = checked(name)
        self.given, self.listed, self._is_suspect = {}, None, False
        self._is_ours = bool(self._by_position) and self._reader.wants(self.block, name)
        return self._is_ours

    def suspect(self, text: str) -> None:
        """Take the mark of values that cannot be relied upon."""
        self._is_suspect = text.strip().lower() in TRUE

    def end(self) -> bool:
        """End the object; return whether it had any value.

        Raises:
            PmError: it has not as many values as its block has counters.
        """
        if self._is_ours:
            values = self._numbered() if self.listed is None else self._of_list(self.listed)
            self._reader.value(self.block, self.name, values, is_suspect=self._is_suspect)
        return bool(self.given) or self.listed is not None

    def _open(self) -> None:
        wanted, types = self._reader.block(self.block), self.block.types
        self._is_wanted = tuple(map(wanted.__contains__, types.values()))
        self._by_position = dict(compress(types.items(), self._is_wanted))
        self.is_open = True

    def _numbered(self) -> dict[str, str]:
        given = self.given
        if len(given) > len(self._is_wanted):
            raise self._mismatch(len(given))
        return {counter: given[place] for place, counter in self._by_position.items() if place in given}

    def _of_list(self, listed: list[str]) -> dict[str, str]:
        if len(listed) != len(self._is_wanted):
            raise self._mismatch(len(listed))
        return dict(zip(self._by_position.values(), compress(listed, self._is_wanted), strict=True))

    def _mismatch(self, count: int) -> PmError:
        return PmError(f"{self.name[:80]!a} has {count} values for {len(self._is_wanted)} counters")


def checked(name: str) -> str:
    """Return a name.

    Raises:
        PmError: it is longer than any.
    """
    if len(name) > MAX_NAME:
        raise PmError(f"the name {name[:80]!a} is over {MAX_NAME} letters long")
    return name
