"""The words that people read, in Vietnamese or English, from one table."""

import os
from functools import lru_cache
from typing import Literal

from pydantic import RootModel

from contract.catalog import Text
from contract.config_file import load
from mangrove.shipped import shipped_config

Language = Literal["en", "vi"]


class _Words(RootModel[dict[str, Text]]):
    """The file `words.yaml`."""


@lru_cache(maxsize=1)
def _table() -> dict[str, Text]:
    return load(shipped_config() / "words.yaml", _Words).value.root


def language() -> Language:
    """Return the language of the user: MANGROVE_LANG, or else that of the locale."""
    chosen = os.environ.get("MANGROVE_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "vi" if chosen.startswith("vi") else "en"


def word(key: str) -> str:
    """Return a text of the table in the user's language.

    Raises:
        KeyError: the table has no such text.
    """
    text = _table()[key]
    return text.vi if language() == "vi" else text.en
