"""A user for every pair of protocols, and questions of one without a network."""

from collections.abc import Callable, Iterator

from agents.snmp.errors import AskAgain
from agents.snmp.names import Kind
from agents.snmp.pdu import Answer
from agents.snmp.usm.protocols import AUTH, PRIVACY
from agents.snmp.usm.security import UserSecurity
from agents.snmp.usm.user import User

AUTH_PASSWORD = b"mangrove at the coast"
PRIVACY_PASSWORD = b"many thin roots"
NOBODY = User(b"nobody")


def every_user() -> Iterator[User]:
    """One for each security level and each pair of protocols, 43 in all."""
    yield NOBODY
    for auth in AUTH:
        yield User(auth.encode(), auth, AUTH_PASSWORD)
        for privacy in PRIVACY:
            yield User(f"{auth}-{privacy}".encode(), auth, AUTH_PASSWORD, privacy, PRIVACY_PASSWORD)


def named(name: str) -> User:
    """One of `every_user`."""
    return next(user for user in every_user() if user.name == name.encode())


def ask(
    security: UserSecurity,
    device: Callable[[bytes], bytes],
    *,
    request_id: int = 7,
    kind: Kind = Kind.GET,
    varbinds: bytes = b"",
    repetitions: int = 0,
) -> Answer:
    """Ask as a link does: again after each lesson, three times at most. Raises SnmpError."""
    for _ in range(3):
        packet = security.encode(kind, request_id, varbinds, repetitions)
        try:
            return security.decode(device(packet))
        except AskAgain:
            continue
    return security.decode(device(security.encode(kind, request_id, varbinds, repetitions)))
