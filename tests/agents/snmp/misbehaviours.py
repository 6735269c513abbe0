"""What devices do wrong, one by one: what is sent, and what must come of it. docs/polling.md has the same names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from agents.snmp.scripted_device import NAME, UPTIME, Send, refusal, reply, reply_of, with_id
from agents.snmp.tables import AFTER, COLUMNS, SHORT_S
from agents.snmp.wrong_scripts import (
    BOTH,
    JUMBO,
    LONGEST,
    QUIET,
    TAIL,
    Script,
    always,
    changed,
    endless,
    gen_err_behind_row_10,
    honest,
    ignoring_the_size,
    later,
    named,
    nested,
    of_name,
    rows,
    stale,
    swapped,
    value,
    with_name,
)

from agents.snmp import names
from agents.snmp.names import Status
from agents.snmp.pdu import Varbind, text


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """A GET of two objects, or with `walk` a walk of three columns of 12 rows, and its exact end.

    `reason` is an expression that the error's text has; there is no error without one. `kept` is all that is handed on.
    """

    name: str
    script: Script
    outcome: str
    reason: str = ""
    kept: Sequence[Varbind] = ()
    walk: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


MISBEHAVIOURS = [
    Misbehaviour(
        "tooBig always",
        always(lambda question: reply(question, [], Status.TOO_BIG)),
        "error",
        rf"TOO_BIG at {text(UPTIME.oid)}",
    ),
    Misbehaviour(
        "tooBig above one object",
        lambda question, _: honest(question) if len(question.oids) == 1 else [reply(question, [], Status.TOO_BIG)],
        "ok",
        kept=BOTH,
    ),
    Misbehaviour(
        "genErr in the middle of a table",
        gen_err_behind_row_10,
        "partial",
        rf"GEN_ERR at {text(COLUMNS[1])}\.10 \(error-index 2\)",
        rows(12, 10, 12),
        walk=True,
    ),
    Misbehaviour("noAccess", of_name(lambda q, at: refusal(q, Status.NO_ACCESS, at)), "auth", "NO_ACCESS at"),
    Misbehaviour(
        "authorizationError",
        of_name(lambda q, at: refusal(q, Status.AUTHORIZATION_ERROR, at)),
        "auth",
        "AUTHORIZATION_ERROR at",
    ),
    Misbehaviour(
        "error-index 0",
        of_name(lambda q, _: refusal(q, Status.GEN_ERR, 0)),
        "partial",
        rf"GEN_ERR at {text(NAME.oid)} \(error-index 0\)",
        [UPTIME],
    ),
    Misbehaviour(
        "error-index beyond the objects",
        of_name(lambda q, _: refusal(q, Status.GEN_ERR, 77)),
        "partial",
        rf"GEN_ERR at {text(NAME.oid)} \(error-index 77\)",
        [UPTIME],
    ),
    Misbehaviour(
        "error-index below zero",
        of_name(lambda q, _: refusal(q, Status.GEN_ERR, -1)),
        "partial",
        rf"GEN_ERR at {text(NAME.oid)} \(error-index -1\)",
        [UPTIME],
    ),
    Misbehaviour(
        "unknown error-status",
        of_name(lambda q, at: refusal(q, 99, at)),
        "partial",
        rf"answered status 99 at {text(NAME.oid)}",
        [UPTIME],
    ),
    Misbehaviour(
        "negative error-status",
        of_name(lambda q, at: refusal(q, -5, at)),
        "partial",
        rf"answered status -5 at {text(NAME.oid)}",
        [UPTIME],
    ),
    Misbehaviour(
        "noSuchName in version 2c",
        of_name(lambda q, at: refusal(q, Status.NO_SUCH_NAME, at)),
        "ok",
        kept=with_name(names.NO_SUCH_INSTANCE, None),
    ),
    Misbehaviour(
        "endless table",
        always(endless),
        "partial",
        "120 varbinds in a walk, more than 100: an endless table",
        rows(40, 40, 40),
        walk=True,
        options={"max_varbinds": 100},
    ),
    Misbehaviour(
        "decreasing identifiers",
        later(lambda _: rows(3, 3, 3)),
        "partial",
        rf"{text(COLUMNS[0])}\.1 after {text(COLUMNS[0])}\.10: object identifiers do not increase",
        rows(10, 10, 10),
        walk=True,
    ),
    Misbehaviour(
        "the same identifier again",
        later(lambda question: [Varbind(name, names.GAUGE32, 10) for name in question.oids]),
        "partial",
        rf"{text(TAIL)} after {text(TAIL)}: object identifiers do not increase",
        rows(10, 10, 10),
        walk=True,
    ),
    Misbehaviour(
        "an object behind the table",
        later(lambda question: [Varbind(AFTER, names.INTEGER, 0) for _ in question.oids]),
        "ok",
        kept=rows(10, 10, 10),
        walk=True,
    ),
    Misbehaviour(
        "an object before the table",
        later(lambda question: [UPTIME for _ in question.oids]),
        "partial",
        rf"{text(UPTIME.oid)} after {text(TAIL)}: object identifiers do not increase",
        rows(10, 10, 10),
        walk=True,
    ),
    Misbehaviour("columns in another order", swapped, "error", "object identifiers do not increase", walk=True),
    Misbehaviour(
        "noSuchInstance within a walk",
        later(lambda question: [Varbind(name, names.NO_SUCH_INSTANCE, None) for name in question.oids]),
        "ok",
        kept=rows(10, 10, 10),
        walk=True,
    ),
    Misbehaviour(
        "wrong request-id",
        always(lambda question: reply(with_id(question, question.request_id ^ 1), BOTH)),
        "timeout",
        "did not answer 1 times within 0.25 s",
        options=QUIET,
    ),
    Misbehaviour("late reply of the previous request", stale, "ok", kept=BOTH, options={"max_oids": 1}),
    Misbehaviour("duplicate replies", lambda question, _: honest(question) * 3, "ok", kept=BOTH),
    Misbehaviour(
        "reply from another port",
        lambda question, _: [Send(reply(question, BOTH), elsewhere=True)],
        "timeout",
        "did not answer",
        options=QUIET,
    ),
    Misbehaviour(
        "reply from another port, allowed",
        lambda question, _: [Send(reply(question, BOTH), elsewhere=True)],
        "ok",
        kept=BOTH,
        options={"from_any": True},
    ),
    Misbehaviour(
        "Counter32 where Counter64 is promised",
        value(names.COUNTER32, "0102"),
        "ok",
        kept=with_name(names.COUNTER32, 0x0102),
    ),
    Misbehaviour("INTEGER of nine octets", value(names.INTEGER, "01" * 9), "error", "does not fit into 64 bits"),
    Misbehaviour("padded integer", value(names.INTEGER, "00" * 8 + "07"), "ok", kept=with_name(names.INTEGER, 7)),
    Misbehaviour("number of no octets", value(names.COUNTER64, ""), "error", "number of 0 octets"),
    Misbehaviour(
        "negative counter", value(names.COUNTER32, "ffffffff"), "ok", kept=with_name(names.COUNTER32, 2**32 - 1)
    ),
    Misbehaviour("negative gauge", value(names.GAUGE32, "fffffffb"), "ok", kept=with_name(names.GAUGE32, 2**32 - 5)),
    Misbehaviour(
        "counter above its range", value(names.COUNTER32, "0100000000"), "error", "number at byte .* above the range"
    ),
    Misbehaviour(
        "string with zero bytes",
        value(names.OCTET_STRING, "00727400"),
        "ok",
        kept=with_name(names.OCTET_STRING, b"\0rt\0"),
    ),
    Misbehaviour(
        "Opaque float",
        value(names.OPAQUE, "9f780441c80000"),
        "ok",
        kept=with_name(names.OPAQUE, bytes.fromhex("9f780441c80000")),
    ),
    Misbehaviour(
        "type that SNMP does not have", value(0x09, "00"), "error", "tag 0x09 and 1 octets .* not one of SNMP"
    ),
    Misbehaviour(
        "report as answer", always(lambda q: reply_of(q, b"", kind=0xA8)), "error", "tag 0xa8 instead of 0xa2"
    ),
    Misbehaviour("trap as answer", always(lambda q: reply_of(q, b"", kind=0xA7)), "error", "tag 0xa7 instead of 0xa2"),
    Misbehaviour(
        "question as answer", always(lambda q: reply_of(q, b"", kind=0xA0)), "error", "tag 0xa0 instead of 0xa2"
    ),
    Misbehaviour(
        "GETBULK answered with one row",
        lambda question, _: honest(replace(question, third=1)),
        "ok",
        kept=rows(12, 12, 12),
        walk=True,
    ),
    Misbehaviour(
        "more rows than asked", always(ignoring_the_size), "error", "more than 30 varbinds, from byte", walk=True
    ),
    Misbehaviour(
        "more varbinds than asked",
        always(lambda q: reply(q, [*BOTH, UPTIME])),
        "error",
        "more than 2 varbinds, from byte",
    ),
    Misbehaviour(
        "fewer varbinds than asked", always(lambda q: reply(q, [UPTIME])), "error", "1 varbinds answer a GET of 2"
    ),
    Misbehaviour(
        "fewer successors than asked",
        lambda question, _: honest(replace(question, oids=question.oids[:2])),
        "error",
        "2 varbinds answer a GETNEXT of 3",
        walk=True,
        options={"bulk": False},
    ),
    Misbehaviour("no varbinds", always(lambda q: reply(q, [])), "error", "0 varbinds answer a GET of 2"),
    Misbehaviour("no successors", always(lambda q: reply(q, [])), "error", "a reply without varbinds", walk=True),
    Misbehaviour(
        "another object", always(lambda q: reply(q, [NAME, UPTIME])), "error", f"{text(NAME.oid)} answers a GET"
    ),
    Misbehaviour("silence", lambda *_: [], "timeout", "did not answer 1 times within 0.25 s", options=QUIET),
    Misbehaviour(
        "silence after two packets",
        lambda question, all_: honest(question) if len(all_) <= 2 else [],
        "partial",
        "did not answer 1 times within 0.25 s",
        rows(8, 8, 8),
        walk=True,
        options=QUIET | {"max_repetitions": 4},
    ),
    Misbehaviour(
        "one reply in three",
        lambda question, all_: [] if len(all_) % 3 else honest(question),
        "ok",
        kept=BOTH,
        options={"timeout_s": SHORT_S, "retries": 2},
    ),
    Misbehaviour("reply of 9,000 octets", always(lambda q: reply(q, [UPTIME, JUMBO])), "ok", kept=[UPTIME, JUMBO]),
    Misbehaviour("reply of 65,507 octets", always(lambda q: reply(q, [UPTIME, LONGEST])), "ok", kept=[UPTIME, LONGEST]),
    Misbehaviour(
        "community that changes", always(lambda q: reply(replace(q, community=b"private"), BOTH)), "ok", kept=BOTH
    ),
    Misbehaviour(
        "version that differs",
        always(lambda q: reply(replace(q, version=0), BOTH)),
        "error",
        "answer of version 0 to a question of version 1",
    ),
    Misbehaviour(
        "truncated at every length",
        lambda question, _: [reply(question, BOTH)[:cut] for cut in range(1, 40)],
        "error",
        "octets too far",
    ),
    Misbehaviour("octets after the message", changed(lambda data: data + b"\0garbage"), "ok", kept=BOTH),
    Misbehaviour(
        "indefinite length",
        changed(lambda data: b"\x30\x80" + data[2:] + bytes(2)),
        "error",
        "indefinite length at byte 1",
    ),
    Misbehaviour(
        "length of 2^31",
        changed(lambda data: b"\x30\x84\x80\x00\x00\x00" + data[2:]),
        "error",
        "the element at byte 0 reaches more than 65507 octets too far",
    ),
    Misbehaviour(
        "nesting 10,000 deep",
        always(lambda question: reply_of(question, nested(10_000))),
        "error",
        "name of a varbind at byte .* has tag 0x30 instead of 0x06",
    ),
    Misbehaviour("empty datagram", lambda *_: [b""], "timeout", "did not answer", options=QUIET),
    Misbehaviour("garbage", lambda *_: [b"\x30\x82garbage"], "timeout", "did not answer", options=QUIET),
    Misbehaviour(
        "identifier of 129 parts",
        named(b"\x2b" + b"\x01" * 127),
        "error",
        "object identifier with more than 128 sub-identifiers",
    ),
    Misbehaviour("empty identifier", named(b""), "error", rf"0\.0 answers a GET of {text(UPTIME.oid)}"),
    Misbehaviour("identifier that is cut", named(b"\x2b\x86"), "error", "ends within a sub-identifier"),
]
