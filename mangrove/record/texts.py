"""Texts without what must not be read in them; each keeps its length."""

import re
from collections.abc import Iterable, Set
from typing import Final

SHORTEST: Final = 3
"""Octets of a secret that is looked for inside of other texts: a shorter one is in every second word."""

_SAYS: Final = re.compile(
    rb"(?i)(?:(?:pass(?:word|wd|phrase|code)|pwd|secret|communit(?:y|ies)|psk|pre-?shared[-_ ]key|api[-_ ]?key"
    rb"|private[-_ ]?key)[\s:=\"'>]+"
    rb"|(?<![a-z])(?:token|login|user(?:name)?|pass|key|s/?n|serial(?:[-_ ]?n(?:o|r|um|umber)\.?)?|imei|imsi|iccid)"
    rb"\s*[:=]\s*)(.+)",
    re.DOTALL,
)
"""What follows such a word; the shorter ones count only with a sign behind them."""
_IN_URL: Final = re.compile(rb"://([^/@\s]+)@")
_MAIL: Final = re.compile(rb"[\w.+-]+@[\w-]+\.[\w.-]+")
_MAC: Final = re.compile(
    rb"(?i)(?<![0-9a-f])(?:[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4})(?![0-9a-f])"
)
_IPV4: Final = re.compile(rb"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)")
_VENDOR_DIGITS: Final = 6


def hidden(text: bytes) -> bytes:
    """Return digits as 0 and everything else as x."""
    return bytes(0x30 if 0x30 <= octet <= 0x39 else 0x78 for octet in text)


def looks_like_text(value: bytes) -> bool:
    """Whether the octets may be read: no controls but blanks and a zero at the end."""
    return all(octet >= 0x20 or octet in b"\t\r\n" for octet in value.rstrip(b"\0"))


class Secrets:
    """Texts to look for inside of others, in capitals or not; what is shorter than SHORTEST is not looked for."""

    def __init__(self, secrets: Iterable[bytes]) -> None:
        self._all = frozenset(secret.lower() for secret in secrets if len(secret) >= SHORTEST)
        self._lengths: dict[bytes, set[int]] = {}
        """By how they begin. Thousands of serials may begin alike, and have few lengths."""
        for secret in self._all:
            self._lengths.setdefault(secret[:SHORTEST], set()).add(len(secret))

    def spans(self, text: bytes) -> list[tuple[int, int]]:
        """Return where they stand, also those that overlap."""
        if not self._all:
            return []
        lower, lengths = text.lower(), self._lengths
        return [
            (at, at + length)
            for at in range(len(lower) - SHORTEST + 1)
            for length in lengths.get(lower[at : at + SHORTEST], ())
            if lower[at : at + length] in self._all
        ]


def without(text: bytes, secrets: Secrets, hosts: Set[bytes] = frozenset()) -> bytes:
    """Return the text without the secrets, the addresses of these `hosts`, what stands after words such as `password`,
    mail addresses, the names in URLs, and the last three octets of MAC addresses."""
    spans = [match.span(1) for pattern in (_SAYS, _IN_URL) for match in pattern.finditer(text)]
    spans += [match.span() for match in _MAIL.finditer(text)]
    for match in _MAC.finditer(text):
        digits = [at for at in range(*match.span()) if text[at : at + 1].isalnum()]
        spans.append((digits[_VENDOR_DIGITS], match.end()))
    spans += [match.span() for match in _IPV4.finditer(text) if match[0] in hosts]
    spans += secrets.spans(text)
    out = bytearray(text)
    for start, end in spans:
        out[start:end] = hidden(text[start:end])
    return bytes(out)
