"""One device as an agent would poll it, at a command's hand: which profiles, which target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.identity import identity
from agents.poller import Target, target
from agents.snmp.session import Session
from agents.snmp.transport import Transport
from contract.config_file import did_you_mean
from contract.messages import AssignedDevice
from contract.profile import Profile
from mangrove.asking import Asking
from mangrove.column_walk import REPETITIONS
from mangrove.login import wrong


@dataclass(frozen=True, slots=True)
class Polled:
    """A target, another session with the same device that asks as others do, and the names of its profiles."""

    target: Target
    session: Session
    names: list[str]


async def polled(
    asking: Asking, transport: Transport, profiles: Mapping[str, Profile], names: Sequence[str], interval_s: float
) -> Polled:
    """Return the device with the named profiles, or with those that match it when none is named.

    Raises:
        ConfigError: there is no such profile, none matches, or an option cannot be used.
        SnmpError: the device does not say who it is.
    """
    for name in names:
        if name not in profiles:
            raise wrong("--profile", f"there is no profile {name}{did_you_mean(name, profiles)}")
    host, port = await asking.resolved()
    security = asking.login.security()
    session = Session(
        transport,
        (host, port),
        security,
        timeout_s=asking.timeout_s,
        retries=asking.retries,
        max_repetitions=REPETITIONS,
    )
    chosen = list(names) or (await identity(session, profiles)).fitting(profiles)
    if not chosen:
        raise wrong("ADDRESS", "no profile matches the device: name one with --profile")
    device = AssignedDevice(
        id="device",
        address=host,
        port=port,
        credential="-",
        profiles=chosen,
        interval_s=interval_s,
        timeout_s=asking.timeout_s,
        retries=asking.retries,
    )
    return Polled(target(device, profiles, "", transport, security), session, chosen)
