"""One address: whether a device answers there, by which credential, and who it is."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from agents.identity import Identity, identity
from agents.snmp.errors import NoAnswer, SnmpError, SnmpTimeout
from agents.snmp.oids import Oid
from agents.snmp.security import Security
from agents.snmp.session import Session
from agents.snmp.transport import Transport
from agents.tags import tag_text
from contract.profile import Profile
from mangrove.discover.turns import Turns

SYS_NAME: Final[Oid] = (1, 3, 6, 1, 2, 1, 1, 5, 0)
ENGINE_ID: Final[Oid] = (1, 3, 6, 1, 6, 3, 10, 2, 1, 1, 0)
"""snmpEngineID (RFC 3411): the same at all addresses of a device."""
LLDP_NAMES: Final[Oid] = (1, 0, 8802, 1, 1, 2, 1, 4, 1, 1, 9)
"""lldpRemSysName (IEEE 802.1AB)."""
MOST_NEIGHBOURS: Final = 128
BUDGET_S: Final = 60.0
"""For one address, whatever it does."""
LLDP: Final = "lldp"


@dataclass(frozen=True, slots=True)
class Login:
    """A credential by its name, and what makes a fresh security of it for one device."""

    name: str
    security: Callable[[str], Security]


@dataclass(frozen=True, slots=True)
class Patience:
    """`timeout_s` is for each try, of which there are 1 + `retries`."""

    port: int
    timeout_s: float
    retries: int


@dataclass(frozen=True, slots=True)
class Found:
    """A device that answered, and what it says of itself; `neighbours` are the names of those beside it by LLDP."""

    address: str
    port: int
    credential: str
    sys_name: str
    known: Identity
    profiles: tuple[str, ...]
    engine: bytes = b""
    neighbours: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something is there, and does not answer to any of our credentials."""

    address: str
    reason: str


async def ask(
    transport: Transport,
    address: str,
    logins: Sequence[Login],
    profiles: Mapping[str, Profile],
    patience: Patience,
    turns: Turns,
) -> Found | Refusal | None:
    """Ask with each credential in turn until one is answered; None when there is silence. Never raises SnmpError."""
    deadline, reason = time.monotonic() + BUDGET_S, ""
    for login in logins:
        where = (address, patience.port)
        security = login.security(address)
        session = Session(transport, where, security, timeout_s=patience.timeout_s, retries=patience.retries)
        session.end_by(deadline)
        error = await _probe(session, patience.retries, turns)
        if error is None:
            return await _told(session, address, patience.port, login.name, profiles)
        if not isinstance(error, SnmpTimeout):
            reason = str(error)
        if isinstance(error, NoAnswer) and not isinstance(error, SnmpTimeout):
            return None  # the network or the host says that nobody listens there, whatever the credential
    return Refusal(address, reason) if reason else None


async def _probe(session: Session, retries: int, turns: Turns) -> SnmpError | None:
    """Ask whether it is there; return what went wrong at the last try."""
    error: SnmpError | None = None
    for _ in range(1 + retries):
        session.watch(await turns.next())
        error = (await session.probe()).error
        if not isinstance(error, SnmpTimeout):
            break
    return error


async def _told(session: Session, address: str, port: int, credential: str, profiles: Mapping[str, Profile]) -> Found:
    """Ask who it is. What does not come is left out: that it answers is known already."""
    named = {one.oid: one for one in (await session.read([SYS_NAME, ENGINE_ID])).varbinds}
    try:
        known = await identity(session, profiles)
    except SnmpError:
        known = Identity((), "", {})
    fitting = tuple(known.fitting(profiles))
    engine = named[ENGINE_ID].value if ENGINE_ID in named else b""
    return Found(
        address,
        port,
        credential,
        tag_text(named.get(SYS_NAME)),
        known,
        fitting,
        engine if isinstance(engine, bytes) else b"",
        await _neighbours(session) if LLDP in fitting else (),
    )


async def _neighbours(session: Session) -> tuple[str, ...]:
    walk = await session.successors(LLDP_NAMES, LLDP_NAMES, MOST_NEIGHBOURS)
    names = (tag_text(one) for one in walk.varbinds[0][:MOST_NEIGHBOURS])
    return tuple(dict.fromkeys(name for name in names if name))
