"""A port: its end of what passes over a link, as the counters of RFC 2863 say it."""

from random import Random
from typing import NamedTuple

from simulator.snmp.traffic import Flow

UP, DOWN = 1, 2  # ifOperStatus
WIDEST = 2**32 - 1  # of ifSpeed


class Row(NamedTuple):
    """What a port says at one time; counters do not wrap here."""

    oper_status: int
    last_change: int
    in_octets: int
    in_ucast: int
    in_discards: int
    in_errors: int
    out_octets: int
    out_ucast: int
    out_discards: int
    out_errors: int
    discontinuity: int
    speed: int
    high_speed: int


class Port:
    """Counters since the device started, at `boot` ticks, or since they were reset. Times must not go back."""

    __slots__ = ("_base", "_boot", "_discontinuity", "_per_error", "_per_packet", "end", "flow", "speed_bps")

    def __init__(self, random: Random, flow: Flow, end: int, speed_bps: int, boot: int) -> None:
        """`end`: which of the flow's."""
        self.flow, self.end, self.speed_bps = flow, end, speed_bps
        self._per_packet = random.randrange(300, 900)
        self._per_error = random.randrange(200_000, 5_000_000)
        self.restart(boot)

    def restart(self, boot: int) -> None:
        """Start anew with all counters at zero."""
        self._boot = boot
        self._base, self._discontinuity = self.flow.passed(boot), 0

    def reset(self, ticks: int, *, told: bool) -> None:
        """Set the counters to zero; `told`: ifCounterDiscontinuityTime says so (RFC 2863 section 3.1.5)."""
        self._base = self.flow.passed(ticks)
        if told:
            self._discontinuity = ticks - self._boot

    def narrow(self, ticks: int, speed_bps: int, share: float) -> None:
        """Have that speed from now on, and carry that share of the traffic."""
        self.speed_bps = speed_bps
        self.flow.throttle(ticks, share)

    def read(self, ticks: int) -> Row:
        """Return the values at that time."""
        flow, end = self.flow, self.end
        passed, base = flow.passed(ticks), self._base
        outward, inward = passed[end] - base[end], passed[1 - end] - base[1 - end]
        packets_in, packets_out = inward // self._per_packet, outward // self._per_packet
        errors_in, errors_out = packets_in // self._per_error, packets_out // self._per_error
        changed = flow.changed(ticks)
        return Row(
            UP if flow.up(ticks) else DOWN,
            int(changed) - self._boot if changed > self._boot else 0,
            inward,
            packets_in,
            errors_in // 2,
            errors_in,
            outward,
            packets_out,
            errors_out * 3,
            errors_out,
            self._discontinuity,
            min(self.speed_bps, WIDEST),
            self.speed_bps // 1_000_000,
        )
