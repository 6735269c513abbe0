"""What comes again with every reading of a table: the series of its rows, the names of its fields. Each is made once,
and knows how it looks in a line.

Syntax: the line protocol reference of InfluxDB 1.x. A backslash is where databases differ (InfluxDB keeps one that
escapes nothing, VictoriaMetrics drops it), so none is sent but those that escape a comma, an equals sign or a space.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from contract.tag_text import MAX_TEXT

_PLAIN = re.compile(r"[-\w./:]+").fullmatch
_FORBIDDEN = re.compile(r"[\\\x00-\x1f\x7f]")
_ESCAPES = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})


@dataclass(frozen=True)
class Series:
    """`tags` are sorted by name and hold clean text."""

    measurement: str
    tags: tuple[tuple[str, str], ...]

    @cached_property
    def head(self) -> str:
        """How a line of it begins, for the `%` of Python.

        Raises:
            ValueError: a text that no line can carry; the message says which.
        """
        tags = "".join(f",{_escape(name)}={_escape(text)}" for name, text in self.tags)
        # The measurement is the one place where an equals sign has no escape.
        return (_escape(self.measurement).replace(r"\=", "=") + tags).replace("%", "%%")


@dataclass(frozen=True)
class Fields:
    """`whole` says of each whether its values are integers (a state or a delta) or floats (a gauge)."""

    names: tuple[str, ...]
    whole: tuple[bool, ...]

    @cached_property
    def form(self) -> str:
        """How they look in a line, to be filled with numbers by the `%` of Python.

        Raises:
            ValueError: there is none, or a name that no line can carry.
        """
        if not self.names:
            raise ValueError("a point has no field")
        names = (_escape(name).replace("%", "%%") for name in self.names)
        return ",".join(f"{name}=%s{'i' * whole}" for name, whole in zip(names, self.whole, strict=True))


def _escape(text: str) -> str:
    if _PLAIN(text):
        return text
    if not text or _FORBIDDEN.search(text):
        raise ValueError(f"{text[:MAX_TEXT]!r} cannot be a name or a tag of line protocol")
    return text.translate(_ESCAPES)
