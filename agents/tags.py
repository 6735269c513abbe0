"""What a device calls a row, as the text of a tag. Pure."""

from agents.snmp import names
from agents.snmp.oids import Oid, text
from agents.snmp.varbinds import Varbind

MAX_TEXT = 512
_MAX_HEX = 64  # octets: what is no text is an address or a key, and those are short


def tag_text(varbind: Varbind | None) -> str:
    """Return the text of a value: octets that are printable UTF-8 as they are, others in hex as addresses are written
    (00:1a:2b:...), numbers in decimal, IpAddress and OBJECT IDENTIFIER dotted. Empty when there is no value."""
    if varbind is None:
        return ""
    value = varbind.value
    if isinstance(value, tuple):
        return text(value)[:MAX_TEXT]
    if isinstance(value, int):
        return str(value)
    if value is None:
        return ""
    if varbind.tag == names.IP_ADDRESS:
        return text(tuple(value))
    return octets_text(value)


def octets_text(value: bytes) -> str:
    """Return octets as text, or in hex where they are none."""
    try:
        shown = " ".join(value.strip(b"\0").decode().split())
    except UnicodeDecodeError:
        shown = "\0"
    return shown[:MAX_TEXT] if shown.isprintable() else value[:_MAX_HEX].hex(":")


def index_text(index: Oid) -> str:
    """Return an index, or a part of one, as it is written; an index of four octets is an IPv4 address too."""
    return text(index)


def index_string(index: Oid, number: int) -> str:
    """Return a text of an index that is made of texts with their lengths before them (RFC 2578 clause 7.7), the first
    is 0. An empty one is `0`, as its part of the index is written; where there is none such, it is the whole index."""
    at = 0
    for _ in range(number):
        at += 1 + index[at] if at < len(index) else 0
    octets = index[at + 1 : at + 1 + index[at]] if at < len(index) else ()
    if at >= len(index) or len(octets) < index[at] or max(octets, default=0) > 255:
        return index_text(index)
    return octets_text(bytes(octets)) or "0"
