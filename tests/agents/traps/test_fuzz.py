"""The listener under atheris: some seconds in every run, ten minutes in `make torture`."""

from pathlib import Path

import pytest
from agents.fuzzing import LONG_S, SHORT_S, for_long, fuzz, needs_atheris
from agents.traps.listening import USERS
from agents.traps.messages import Device, v1, v2c

from agents.snmp import names
from agents.snmp.oids import oid

TARGET = Path(__file__).with_name("fuzz_traps.py")
SEEDS = [
    v2c(),
    v2c(kind=0xA6),
    v2c(oid("1.3.6.1.4.1.2011.6.164.2.1.0.7"), [(oid("1.3.6.1.4.1.2011.6.164.1.1.2.100.1.3.9"), names.INTEGER, 1)]),
    v2c(oid("1.3.6.1.2.1.33.2.3"), [(oid("1.3.6.1.2.1.33.1.6.2.1.2.7"), names.OBJECT_IDENTIFIER, (1, 3, 6))]),
    v1("1.3.6.1.4.1.9", 2, 0),
    v1("1.3.6.1.4.1.9", 6, 17),
    Device(USERS["noc"], b"\x80\0\0\0\5one").trap(1, 1),
    Device(USERS["guard"], b"\x80\0\0\0\5one").trap(1, 1),
]

pytestmark = needs_atheris


def test_nothing_escapes_the_listener(tmp_path: Path) -> None:
    fuzz(tmp_path, TARGET, SEEDS, SHORT_S)


@pytest.mark.torture
@for_long
def test_nothing_escapes_the_listener_for_long(tmp_path: Path) -> None:
    fuzz(tmp_path, TARGET, SEEDS, LONG_S)
