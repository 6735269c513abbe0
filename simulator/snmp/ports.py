"""A port: its end of what passes over a link, as the counters of RFC 2863 say it."""

from random import Random

from simulator.snmp.traffic import Flow

UP, DOWN = 1, 2  # ifOperStatus
WIDEST = 2**32 - 1  # of ifSpeed


ROW = (
    *("oper_status", "last_change", "in_octets", "in_ucast", "in_discards", "in_errors"),
    *("out_octets", "out_ucast", "out_discards", "out_errors", "discontinuity", "speed", "high_speed"),
)
"""What a port says at one time, in this order; counters do not wrap here."""


class Port:
    """Counters since the device started, at `boot` ticks, or since they were reset. Times must not go back."""

    __slots__ = (
        *("_base", "_boot", "_discontinuity", "_per_error", "_per_packet", "_speeds"),
        *("end", "flow", "speed_bps"),
    )

    def __init__(self, random: Random, flow: Flow, end: int, speed_bps: int, boot: int) -> None:
        """`end`: which of the flow's."""
        self.flow, self.end = flow, end
        self._per_packet = random.randrange(300, 900)
        self._per_error = self._per_packet * random.randrange(200_000, 5_000_000)
        self._fast(speed_bps)
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
        self._fast(speed_bps)
        self.flow.throttle(ticks, share)

    def read(self, ticks: int) -> tuple[int, ...]:
        """Return the values at that time, in the order of `ROW`."""
        flow, boot = self.flow, self._boot
        passed, base = flow.passed(ticks), self._base
        forth, back = passed[0] - base[0], passed[1] - base[1]
        inward, outward = (forth, back) if self.end else (back, forth)
        errors_in, errors_out = inward // self._per_error, outward // self._per_error
        up, changed = flow.state(ticks)
        return (
            UP if up else DOWN,
            int(changed) - boot if changed > boot else 0,
            inward,
            inward // self._per_packet,
            errors_in // 2,
            errors_in,
            outward,
            outward // self._per_packet,
            errors_out * 3,
            errors_out,
            self._discontinuity,
            *self._speeds,
        )

    def _fast(self, speed_bps: int) -> None:
        self.speed_bps = speed_bps
        self._speeds = min(speed_bps, WIDEST), speed_bps // 1_000_000
