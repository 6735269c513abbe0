"""net-snmp's agent with every user."""

from collections.abc import Iterator

import pytest
from agents.snmp.usm.real_users import REAL_USERS
from servers.snmpd import Snmpd


@pytest.fixture(scope="session")
def v3_snmpd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    """It listens on 127.0.0.1 and ::1, and nobody kills it."""
    with Snmpd(tmp_path_factory.mktemp("v3"), users=REAL_USERS, ipv6=True) as server:
        yield server
