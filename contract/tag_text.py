"""What a device calls a thing as the value of a tag that every database carries alike.

Both ends need it: agents so that rows which differ stay apart, the collector since agents may send anything.
"""

import unicodedata

MAX_TEXT = 128  # bytes of UTF-8
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # Unicode categories: control, format, surrogate, line and paragraph ends


def clean(text: str, most: int = MAX_TEXT) -> str:
    """Return what a device said as a tag value that no database alters: NFC, at most `most` bytes of UTF-8, never
    empty. What cannot be carried (backslash, control and invisible characters, lone surrogates) becomes `_`."""
    if not (text.isascii() and text.isprintable() and "\\" not in text):
        kept = ["_" if c == "\\" or unicodedata.category(c) in _UNPRINTABLE else c for c in text]
        text = unicodedata.normalize("NFC", "".join(kept))
    return text.encode()[:most].decode(errors="ignore") or "_"
