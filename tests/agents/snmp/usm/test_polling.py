"""A poll as an agent makes it, of a device that wants version 3."""

import pytest
from agents.polling import PROFILES, assigned
from agents.snmp.usm.users import AUTH_PASSWORD, PRIVACY_PASSWORD
from pydantic import SecretStr
from servers.snmpd import Snmpd

from agents.config import Credential, CredentialSecrets
from agents.credentials import security
from agents.host_clock import HostClock
from agents.poller import poll, target
from agents.snmp.transport import Transport
from contract.profiles import parse_profiles

CREDENTIAL = Credential.model_validate(
    {
        "version": "v3",
        "user": "sha512-aes256c",
        "auth": "sha512",
        "auth_password": {"env": "A"},
        "privacy": "aes256c",
        "privacy_password": {"env": "B"},
    }
)


@pytest.mark.parametrize(("password", "outcome"), [(AUTH_PASSWORD, "ok"), (b"another one", "auth")])
async def test_a_poll_is_ok_with_the_right_passwords_and_auth_with_wrong_ones(
    transport: Transport, v3_snmpd: Snmpd, password: bytes, outcome: str
) -> None:
    secrets = CredentialSecrets(
        auth_password=SecretStr(password.decode()), privacy_password=SecretStr(PRIVACY_PASSWORD.decode())
    )
    device = assigned((v3_snmpd.host, v3_snmpd.port), profiles=["system"], interval_s=60, timeout_s=5)
    polled = target(device, parse_profiles(PROFILES), "1-abcd", transport, security(CREDENTIAL, secrets, device.id))
    for _ in range(2):
        batch = await poll(polled, HostClock())
        assert batch.poll is not None
        assert (batch.poll.outcome, bool(batch.tables)) == (outcome, outcome == "ok")
        assert ("`auth_password`" in batch.poll.reason) is (outcome == "auth")
