"""The words that people read, in Vietnamese and English, from one table: screens, pages and dashboards say the same."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import RootModel

from contract.catalog import Text
from contract.config_file import load

Language = Literal["en", "vi"]


class _Table(RootModel[dict[str, Text]]):
    """The file `words.yaml`."""


class Words:
    """The table. A text may have places to fill, as of `str.format`."""

    def __init__(self, table: Mapping[str, Text]) -> None:
        self._table = table

    def __contains__(self, key: str) -> bool:
        """Whether the table has such a text."""
        return key in self._table

    def word(self, key: str, language: Language, /, **places: object) -> str:
        """Return a text with its places filled.

        Raises:
            KeyError: the table has no such text, or the text has a place that is not given.
        """
        text = said(self._table[key], language)
        return text.format(**places) if places else text


def said(text: Text, language: Language) -> str:
    """Return a text in one language."""
    return text.vi if language == "vi" else text.en


def load_words(path: Path) -> Words:
    """Read the table.

    Raises:
        ConfigError: with every problem.
    """
    return Words(load(path, _Table).value.root)
