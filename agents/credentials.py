"""From a credential of the agent's file to what secures the questions to one device."""

from typing import Final

from pydantic import SecretStr

from agents.config import Credential, CredentialSecrets
from agents.snmp.message import Community
from agents.snmp.names import Version
from agents.snmp.security import Security
from agents.snmp.usm.security import UserSecurity
from agents.snmp.usm.user import User

COMMUNITY_VERSIONS: Final = {"v1": Version.V1, "v2c": Version.V2C}


def security(credential: Credential, secrets: CredentialSecrets, device: str = "a device") -> Security:
    """Return a fresh one for one device, whose engine it follows in version 3; `device` is for the log. The keys of
    passwords are shared by all devices.

    Raises:
        ValueError: a password is missing or too short, or the community too long.
    """
    if credential.version != "v3":
        return Community(COMMUNITY_VERSIONS[credential.version], octets(secrets.community))
    return UserSecurity(user(credential, secrets), device)


def user(credential: Credential, secrets: CredentialSecrets) -> User:
    """Return the user of a credential of version 3. Raises ValueError, as `security` does."""
    return User(
        (credential.user or "").encode(),
        credential.auth,
        octets(secrets.auth_password),
        credential.privacy,
        octets(secrets.privacy_password),
        credential.context.encode(),
    )


def octets(secret: SecretStr | None) -> bytes:
    """Return the octets of a secret, none where there is none."""
    return secret.get_secret_value().encode() if secret else b""
