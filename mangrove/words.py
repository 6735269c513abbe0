"""The words of our screens in the language of the user."""

import os
from functools import lru_cache

from contract.words import Language, Words, load_words
from mangrove.shipped import shipped_config


@lru_cache(maxsize=1)
def words() -> Words:
    """Return the table that comes with Mangrove."""
    return load_words(shipped_config() / "words.yaml")


def language() -> Language:
    """Return the language of the user: MANGROVE_LANG, or else that of the locale."""
    chosen = os.environ.get("MANGROVE_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "vi" if chosen.startswith("vi") else "en"


def word(key: str, /, **places: object) -> str:
    """Return a text of the table in the user's language.

    Raises:
        KeyError: the table has no such text.
    """
    return words().word(key, language(), **places)
