"""A generated device that answers SNMP, and that obeys: it falls silent, reboots, loses a link.

All that it says is a pure function of its facts, its seed, what was commanded, and the time: all values in one
response belong to the very sysUpTime in it. Times are ticks: hundredths of a second since 1970 UTC.
"""

from collections.abc import Iterable, Sequence
from math import inf
from typing import Protocol

from simulator.snmp import ber
from simulator.snmp.ber import Oid
from simulator.snmp.clock import Clock
from simulator.snmp.mib import Mib
from simulator.snmp.notice import trap
from simulator.snmp.ports import Port


class Gate(Protocol):
    """What lets the messages of one version and credential through to a device's objects."""

    def answer(self, data: bytes, ticks: int) -> bytes | None:
        """Return the response to a message, or None when there is none.

        Raises:
            DecodeError: it is no request.
        """

    def notify(self, pdu: bytes, ticks: int) -> bytes:
        """Return the message that carries a notification."""


class Answers(Protocol):
    """Whatever answers datagrams."""

    def answer(self, data: bytes, ticks: int) -> bytes | None:
        """Return the response to a datagram, or None when there is none. Never raises, whatever the octets."""


class Device:
    """One device. Commands and questions must come in the order of time."""

    __slots__ = ("_clock", "_gate", "_name", "_ports", "_reached", "_silent_until", "_told", "mib")

    def __init__(self, name: str, mib: Mib, ports: Sequence[Port], clock: Clock, gate: Gate) -> None:
        """`ports`: of ifIndex 1 and up; `clock`: that of the sysUpTime of `mib`; `gate`: the one to `mib`."""
        self.mib, self._name, self._ports, self._clock, self._gate = mib, name, ports, clock, gate
        self._silent_until, self._reached, self._told = -inf, True, 0

    @property
    def ports(self) -> int:
        """How many ports there are; their ifIndex is 1 to that."""
        return len(self._ports)

    def answer(self, data: bytes, ticks: int) -> bytes | None:
        """Return the response to a datagram, or None when there is none. Never raises, whatever the octets."""
        if ticks < self._silent_until or not self._reached:
            return None
        try:
            return self._gate.answer(data, ticks)
        except ber.DecodeError:
            return None

    def notify(self, ticks: int, name: Oid, varbinds: Iterable[tuple[Oid, bytes]]) -> bytes | None:
        """Return the message that tells of something (RFC 3416 section 4.2.6), or None when nothing gets out."""
        if ticks < self._silent_until or not self._reached:
            return None
        self._told += 1
        return self._gate.notify(trap(self._told, *self._clock.uptime(ticks), name, varbinds), ticks)

    def up(self, ticks: int) -> list[bool]:
        """Return whether each port is up, from ifIndex 1 on."""
        return [port.flow.state(ticks)[0] for port in self._ports]

    def reach(self, *, up: bool) -> None:
        """Let questions come through to it, or not; all else goes on."""
        self._reached = up

    def silence(self, until: float) -> None:
        """Answer nothing before that time; all else goes on."""
        self._silent_until = max(self._silent_until, until)

    def off(self, ticks: int) -> None:
        """Have no power: nothing answers and nothing passes until it has rebooted."""
        self._silent_until = inf
        for port in self._ports:
            port.flow.block(self._name, ticks)

    def reboot(self, back: int) -> None:
        """Answer nothing before `back`, and have started then: sysUpTime and all counters at zero. Until then all
        passes as before, unless it is `off`."""
        self._silent_until = back
        self._clock.boot, self._clock.boots = back, self._clock.boots + 1
        for port in self._ports:
            port.flow.block(self._name, back, until=back)
            port.restart(back)

    def link(self, port: int, ticks: int, *, up: bool) -> None:
        """Take a link, by its ifIndex, up or down; its other end sees it.

        Raises:
            IndexError: there is no such port.
        """
        flow, who = self._port(port).flow, f"{self._name}/{port}"
        if up:
            flow.free(who, ticks)
        else:
            flow.block(who, ticks)

    def reset(self, ticks: int, *, told: bool) -> None:
        """Set all counters to zero while sysUpTime goes on; `told`: ifCounterDiscontinuityTime says so, as it must
        (RFC 2863 section 3.1.5)."""
        for port in self._ports:
            port.reset(ticks, told=told)

    def narrow(self, port: int, ticks: int, speed_bps: int, share: float) -> None:
        """Give a radio's port another speed, and let it carry that share of what it would.

        Raises:
            IndexError: there is no such port.
        """
        self._port(port).narrow(ticks, speed_bps, share)

    def _port(self, number: int) -> Port:
        if not 1 <= number <= len(self._ports):
            raise IndexError(f"no port {number} among {len(self._ports)}")
        return self._ports[number - 1]
