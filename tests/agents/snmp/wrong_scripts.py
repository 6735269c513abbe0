"""What devices that misbehave say: scripts, and what makes them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from agents.snmp.scripted_device import NAME, UPTIME, Mib, Question, Send, refusal, reply, reply_of, with_id
from agents.snmp.tables import COLUMNS, SHORT_S, below, table

from agents.snmp import names
from agents.snmp.ber import MAX_DATAGRAM, encode, encode_value
from agents.snmp.names import Status
from agents.snmp.pdu import Oid, Varbind
from agents.snmp.varbinds import encode_varbind

BOTH = [UPTIME, NAME]
HONEST = Mib({**table(12), **{varbind.oid: (varbind.tag, varbind.value) for varbind in BOTH}})
ASKED = [varbind.oid for varbind in BOTH]
QUIET = {"timeout_s": SHORT_S, "retries": 0}
"""For devices whose reply never counts."""
Script = Callable[[Question, Sequence[Question]], Iterable[Send | bytes]]
"""From the question, and all so far with this one, to what is sent."""


def rows(*counts: int) -> list[Varbind]:
    """The first rows of each column."""
    objects = table(max(counts))
    return [
        varbind for column, count in zip(COLUMNS, counts, strict=True) for varbind in below(objects, column)[:count]
    ]


def honest(question: Question) -> list[Send | bytes]:
    """What a device says that does it right."""
    return list(HONEST(question))


def of_name(what: Callable[[Question, int], bytes]) -> Script:
    """Do `what`, given the place of the name among those asked, where it is among them."""

    def script(question: Question, _: Sequence[Question]) -> Iterable[Send | bytes]:
        if NAME.oid in question.oids:
            return [what(question, question.oids.index(NAME.oid) + 1)]
        return honest(question)

    return script


def always(what: Callable[[Question], bytes]) -> Script:
    """Answer every question so."""
    return lambda question, _: [what(question)]


def later(what: Callable[[Question], Iterable[Varbind]]) -> Script:
    """Answer the first question rightly and the others so."""
    return lambda question, all_: honest(question) if len(all_) == 1 else [reply(question, what(question))]


def changed(what: Callable[[bytes], bytes]) -> Script:
    """Answer rightly and change the datagram."""

    def script(question: Question, _: Sequence[Question]) -> Iterable[Send | bytes]:
        (data,) = HONEST(question)
        return [what(data)]

    return script


def value(tag: int, content: str) -> Script:
    """Answer with the uptime, and for the name a value of this tag and content in hexadecimal."""
    named = encode_value(names.OBJECT_IDENTIFIER, NAME.oid)
    wrong = encode(names.SEQUENCE, named + encode(tag, bytes.fromhex(content)))
    return always(lambda question: reply_of(question, encode_varbind(*UPTIME) + wrong))


def named(content: bytes) -> Script:
    """Answer with a name of this content."""
    wrong = encode(names.SEQUENCE, encode(names.OBJECT_IDENTIFIER, content) + b"\x05\x00")
    return always(lambda question: reply_of(question, wrong + encode_varbind(*NAME)))


def with_name(tag: int, content: int | bytes | None) -> list[Varbind]:
    """Both objects, the name with this value."""
    return [UPTIME, Varbind(NAME.oid, tag, content)]


def string(length: int) -> Varbind:
    """A name so long that it fills a reply of `length` octets."""
    guess = Varbind(NAME.oid, names.OCTET_STRING, bytes(length - 200))
    question = Question(1, b"public", 0xA0, 2**31 - 1, 0, 0, ASKED)
    spare = length - len(reply(question, [UPTIME, guess]))
    return guess._replace(value=b"x" * (length - 200 + spare))


def endless(question: Question) -> bytes:
    """Rows without an end in every column."""
    found: list[Varbind] = []
    for row in range(1, question.third + 1):
        for column, asked in zip(COLUMNS, question.oids, strict=True):
            last = asked[-1] if asked != column else 0
            found.append(Varbind((*column, last + row), names.GAUGE32, last + row))
    return reply(question, found)


def gen_err_behind_row_10(question: Question, so_far: Sequence[Question]) -> Iterable[Send | bytes]:
    """The second column fails there."""
    for place, asked in enumerate(question.oids, 1):
        if len(so_far) > 1 and asked[:-1] == COLUMNS[1]:
            return [refusal(question, Status.GEN_ERR, place)]
    return honest(question)


def stale(question: Question, so_far: Sequence[Question]) -> Iterable[Send | bytes]:
    """Before each reply comes one to the question before it, with something else in it."""
    old = [
        reply(with_id(question, earlier.request_id), [Varbind(NAME.oid, names.INTEGER, 0)]) for earlier in so_far[:-1]
    ]
    return [*old, *honest(question)]


def nested(depth: int) -> bytes:
    """So many SEQUENCEs in one another."""
    heads: list[bytes] = []
    length = 0
    for _ in range(depth):
        heads.append(b"\x30\x82" + length.to_bytes(2, "big"))
        length += 4
    return b"".join(reversed(heads))


def swapped(question: Question, _: Sequence[Question]) -> Iterable[Send | bytes]:
    """Each column gets what another one asked for."""
    return HONEST(replace(question, oids=[*question.oids[1:], *question.oids[:1]]))


def ignoring_the_size(question: Question) -> bytes:
    """A GETBULK gets twelve rows, whatever it asks for."""
    return next(iter(HONEST(replace(question, third=12))))


LONGEST = string(MAX_DATAGRAM)
JUMBO = string(9000)
TAIL: Oid = (*COLUMNS[0], 10)
