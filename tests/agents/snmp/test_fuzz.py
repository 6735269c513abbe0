"""The decoder under atheris: some seconds in every run, ten minutes in `make torture`."""

from pathlib import Path

import pytest
from agents.fuzzing import LONG_S, SHORT_S, atheris, for_long, fuzz, needs_atheris
from agents.snmp.scripted_device import NAME, UPTIME, Question, refusal, reply
from agents.snmp.tables import ROWS

from agents.snmp.message import encode_request
from agents.snmp.names import Kind, Version
from agents.snmp.pdu import encode_pdu
from agents.snmp.usm.message import Envelope, encode_scoped
from agents.snmp.usm.security import UserSecurity
from agents.snmp.usm.user import User
from agents.snmp.varbinds import encode_varbind

TARGET = Path(__file__).with_name("fuzz_decoder.py")
QUESTION = Question(Version.V2C, b"public", Kind.GET, 77, 0, 0, [UPTIME.oid])
PDU = encode_pdu(Kind.RESPONSE, 7, encode_varbind(*UPTIME))
OF_3 = UserSecurity(User(b"noc"))
SEEDS = [
    OF_3.encode(Kind.GET, 7, b""),
    Envelope(0, b"\x80engine", b"noc", 0).close(7, 1, 2, b"", encode_scoped(b"\x80engine", b"", PDU))[0],
    reply(QUESTION, [UPTIME, NAME]),
    reply(QUESTION, ROWS),
    refusal(QUESTION, 5, 1),
    encode_request(Version.V2C, b"public", Kind.GETBULK, 7, [UPTIME.oid], max_repetitions=9),
    bytes.fromhex("9f780441c80000"),
    bytes.fromhex("4500002c00010000400100007f0000017f000001 0000 7076 1234 0007") + b"markmarktokentok",
    bytes.fromhex("8100 0000 1234 0007") + b"markmarktokentok",
]

pytestmark = needs_atheris


def test_atheris_finds_nothing_in_some_seconds(tmp_path: Path) -> None:
    fuzz(tmp_path, TARGET, SEEDS, SHORT_S)


@pytest.mark.torture
@for_long
def test_atheris_finds_nothing_in_ten_minutes(tmp_path: Path) -> None:
    fuzz(tmp_path, TARGET, SEEDS, LONG_S)


def test_a_crash_is_shown_with_its_input(tmp_path: Path) -> None:
    broken = (
        "import sys, fuzz_decoder as f; f.READERS = (len, lambda data: 1 / len(data.partition(b'!')[0]),); f.main()"
    )
    done = atheris(tmp_path, TARGET, "-c", broken, "-runs=100000", within_s=60)
    assert done.returncode != 0
    assert "ZeroDivisionError" in done.stdout
    assert "crashed on \n" in done.stdout or "crashed on 21" in done.stdout
