"""The XML of a performance file, piece by piece, by expat: no entities, so a file with a document type is refused."""

import re
from collections.abc import Callable
from xml.parsers import expat

from agents.pm.errors import PmError
from agents.pm.schema import MAX_TOKEN

_ROOT = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?)meas")


class Document:
    """One file. `start` is called with an element's name, after its namespace and a space, and its attributes, `end`
    with the name. `text` grows by the text between them."""

    def __init__(self, start: Callable[[str, dict[str, str]], None], end: Callable[[str], None]) -> None:
        self._parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _refuse_doctype
        parser.StartElementHandler, parser.EndElementHandler = start, end
        self.text: list[str] = []
        parser.CharacterDataHandler = self.text.append
        parser.XmlDeclHandler = self._declared
        parser.StartCdataSectionHandler = self._cdata_begins
        parser.EndCdataSectionHandler = self._cdata_ends
        self._encoding: str | None = None
        self._is_cdata = False
        self.fed = 0
        """Bytes that were given to expat."""

    def feed(self, data: bytes) -> None:
        """Take the next piece.

        Raises:
            PmError: it is no XML, or not one that we read.
        """
        self._parse(data, last=False)
        self.fed += len(data)
        if self.fed - self._parser.CurrentByteIndex > MAX_TOKEN:
            raise PmError("a name of it is over 1 MiB long")

    def at(self) -> int:
        """Return where the element is that begins, in what was fed."""
        return self._parser.CurrentByteIndex

    def close(self) -> None:
        """The file ends here.

        Raises:
            PmError: it lacks its end.
        """
        self._parse(b"", last=True)

    def prefix(self) -> bytes | None:
        """Return the prefix of the namespace of the root that begins, with its colon; None where the file may
        not be in UTF-8."""
        root = _ROOT.match(self._parser.GetInputContext() or b"")
        return root[1] if root and self._encoding in (None, "utf-8") else None

    def is_between(self) -> bool:
        """Whether what was fed so far ends where a tag may begin: in no tag, comment, reference or CDATA section."""
        return self.fed == self._parser.CurrentByteIndex and not self._is_cdata

    def _parse(self, data: bytes, *, last: bool) -> None:
        try:
            self._parser.Parse(data, last)
        except expat.ExpatError as error:
            raise PmError(f"it is no whole XML: {expat.ErrorString(error.code)}, line {error.lineno}") from None
        except (LookupError, ValueError) as error:  # of an encoding that Python does not have, or not for this
            raise PmError(f"its encoding cannot be read: {str(error)[:100]}") from None

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self._encoding = encoding and encoding.lower()

    def _cdata_begins(self) -> None:
        self._is_cdata = True

    def _cdata_ends(self) -> None:
        self._is_cdata = False


def _refuse_doctype(*_of_it: object) -> None:
    raise PmError("it has a document type or entities, which no file of TS 32.435 has")
