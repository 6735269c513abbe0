"""How many varbinds a CPU-second decodes and encodes; pysnmp on the same bytes beside it.

`python -m benchmarks.snmp_codec` prints one JSON object. A reply is what a GETBULK of 50 repetitions over two columns
of a switch brings: interfaces with five-digit indices, 64-bit counters, names, states. The best of five rounds counts,
each of about half a second of the process's CPU time.
"""

import json
import platform
import random
import time
from collections.abc import Callable, Iterator

from pyasn1.codec.ber import decoder, encoder  # type: ignore[import-untyped]
from pysnmp.proto import rfc1905  # type: ignore[import-untyped]
from pysnmp.proto.api import v2c  # type: ignore[import-untyped]

from agents.snmp import names
from agents.snmp.ber import Value, encode, encode_integer
from agents.snmp.message import decode_response, encode_request
from agents.snmp.names import Kind, Version
from agents.snmp.pdu import Oid, oid
from agents.snmp.varbinds import encode_varbind

ROUNDS = 5
ROUND_S = 0.5
REPETITIONS = 50
DEVICES = 200
COMMUNITY = b"public"
IF_TABLE = oid("1.3.6.1.2.1.2.2.1")
IF_X_TABLE = oid("1.3.6.1.2.1.31.1.1.1")


def reply(number: random.Random, device: int) -> bytes:
    """One reply; devices of one model name the same objects and say different values."""
    columns = [
        (*IF_X_TABLE, (6, 10)[device % 2]),
        ((*IF_TABLE, 8), (*IF_TABLE, 10), (*IF_X_TABLE, 1))[device % 3],
    ]
    varbinds = b"".join(
        encode_varbind((*column, 10_000 + row), *_value(number, column))
        for row in range(REPETITIONS)
        for column in columns
    )
    numbers = encode_integer(number.getrandbits(31)) + encode_integer(0) + encode_integer(0)
    pdu = encode(Kind.RESPONSE, numbers + encode(names.SEQUENCE, varbinds))
    return encode(names.SEQUENCE, encode_integer(Version.V2C) + encode(names.OCTET_STRING, COMMUNITY) + pdu)


def _value(number: random.Random, column: Oid) -> tuple[int, Value]:
    if column[:-1] == IF_X_TABLE and column[-1] != 1:
        return names.COUNTER64, number.getrandbits(number.randrange(8, 56))
    match column[-1]:
        case 8:
            return names.INTEGER, number.randrange(1, 8)
        case 10:
            return names.COUNTER32, number.getrandbits(32)
        case _:
            return names.OCTET_STRING, f"GE0/0/{number.randrange(48)}".encode()


def per_second(once: Callable[[], int]) -> int:
    """Varbinds per second of CPU time; `once` returns how many it worked on."""
    return int(max(_rates(once)))


def _rates(once: Callable[[], int]) -> Iterator[float]:
    for _ in range(ROUNDS):
        done = 0
        start = time.process_time()
        while (took := time.process_time() - start) < ROUND_S:
            done += once()
        yield done / took


def main() -> None:
    """Measure and print."""
    number = random.Random(1)
    replies = [reply(number, device) for device in range(DEVICES)]
    asked = [(*IF_X_TABLE, column, 10_000 + row) for row in range(25) for column in (6, 10)]
    decoded = sum(len(decode_response(data, Version.V2C).varbinds) for data in replies)
    assert decoded == DEVICES * 2 * REPETITIONS

    def decode_ours() -> int:
        return sum(len(decode_response(data, Version.V2C).varbinds) for data in replies)

    def encode_ours() -> int:
        return len(encode_request(Version.V2C, COMMUNITY, Kind.GET, 1, asked)) and len(asked)

    def decode_pysnmp() -> int:
        message, _ = decoder.decode(replies[0], asn1Spec=v2c.Message())
        return len([(tuple(name), value) for name, value in v2c.apiPDU.get_varbinds(v2c.apiMessage.get_pdu(message))])

    def encode_pysnmp() -> int:
        pdu = rfc1905.GetRequestPDU()
        v2c.apiPDU.set_defaults(pdu)
        v2c.apiPDU.set_varbinds(pdu, [(name, v2c.Null("")) for name in asked])
        message = v2c.Message()
        v2c.apiMessage.set_defaults(message)
        v2c.apiMessage.set_pdu(message, pdu)
        return len(encoder.encode(message)) and len(asked)

    figures = {
        "python": platform.python_version(),
        "octets_per_reply": len(replies[0]),
        "unit": "varbinds per CPU-second",
        "decode": per_second(decode_ours),
        "encode": per_second(encode_ours),
        "pysnmp_decode": per_second(decode_pysnmp),
        "pysnmp_encode": per_second(encode_pysnmp),
    }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
