"""Who may send notifications: the credentials that `traps` of the agent's file names, with their secrets."""

from collections.abc import Mapping
from dataclasses import dataclass

from agents.config import AgentConfig, Secrets
from agents.credentials import COMMUNITY_VERSIONS, octets, user
from agents.snmp.names import Version
from agents.snmp.usm.user import User
from agents.traps.refused import RefusedError


@dataclass(frozen=True, slots=True, repr=False)
class Keyring:
    """`communities` to the name of their credential; `users` by that name."""

    communities: Mapping[tuple[Version, bytes], str]
    users: Mapping[str, User]

    def check(self, version: Version, community: bytes) -> None:
        """Raises RefusedError, when the community is none of this version's."""
        if (version, community) in self.communities:
            return
        if any(known == community for _, known in self.communities):
            raise RefusedError("version", f"a community of another version than SNMP{version.name.lower()}")
        raise RefusedError("community", "a community that no credential of `traps.credentials` has")


def keyring(config: AgentConfig, held: Secrets) -> Keyring:
    """Return what `traps.credentials` names."""
    communities: dict[tuple[Version, bytes], str] = {}
    users: dict[str, User] = {}
    for name in config.traps.credentials if config.traps else ():
        credential, secrets = config.credentials[name], held.credentials[name]
        if credential.version == "v3":
            users[name] = user(credential, secrets)
        else:
            communities[COMMUNITY_VERSIONS[credential.version], octets(secrets.community)] = name
    return Keyring(communities, users)
