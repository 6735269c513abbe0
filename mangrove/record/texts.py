"""Texts without what must not be read in them; each keeps its length."""

import re
from collections.abc import Iterable
from typing import Final

SHORTEST: Final = 3
"""Octets of a secret that is looked for inside of other texts: a shorter one is in every second word."""

_SAYS: Final = re.compile(
    rb"(?i)(?:(?:pass(?:word|wd|phrase|code)|pwd|secret|communit(?:y|ies)|psk|pre-?shared[-_ ]key|api[-_ ]?key"
    rb"|private[-_ ]?key)[\s:=\"'>]+|(?:token|login|user(?:name)?|pass|key)\s*[:=]\s*)(.+)",
    re.DOTALL,
)
_IN_URL: Final = re.compile(rb"://([^/@\s]+)@")
_MAIL: Final = re.compile(rb"[\w.+-]+@[\w-]+\.[\w.-]+")
_MAC: Final = re.compile(
    rb"(?i)(?<![0-9a-f])(?:[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4})(?![0-9a-f])"
)
_VENDOR_DIGITS: Final = 6


def hidden(text: bytes) -> bytes:
    """Return digits as 0 and everything else as x."""
    return bytes(0x30 if 0x30 <= octet <= 0x39 else 0x78 for octet in text)


def looks_like_text(value: bytes) -> bool:
    """Whether the octets may be read: no controls but blanks and a zero at the end."""
    return all(octet >= 0x20 or octet in b"\t\r\n" for octet in value.rstrip(b"\0"))


def finder(secrets: Iterable[bytes]) -> re.Pattern[bytes] | None:
    """Return what finds any of the secrets in a text, in capitals or not; None without a secret long enough.

    It looks at every place, so that it also finds the one that begins within another.
    """
    some = sorted({secret for secret in secrets if len(secret) >= SHORTEST}, key=len, reverse=True)
    return re.compile(b"(?i)(?=(" + b"|".join(map(re.escape, some)) + b"))", re.DOTALL) if some else None


def without(text: bytes, secrets: re.Pattern[bytes] | None) -> bytes:
    """Return the text without the secrets, what stands after words such as `password`, mail addresses, the names in
    URLs, and the last three octets of MAC addresses."""
    spans = [match.span(1) for pattern in (_SAYS, _IN_URL) for match in pattern.finditer(text)]
    spans += [match.span() for match in _MAIL.finditer(text)]
    for match in _MAC.finditer(text):
        digits = [at for at in range(*match.span()) if text[at : at + 1].isalnum()]
        spans.append((digits[_VENDOR_DIGITS], match.end()))
    if secrets:
        spans += [match.span(1) for match in secrets.finditer(text)]
    out = bytearray(text)
    for start, end in spans:
        out[start:end] = hidden(text[start:end])
    return bytes(out)
