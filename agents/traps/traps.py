"""Notifications in an agent: heard where its file says so, and nothing where it does not."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING

from agents.config import AgentConfig, Secrets
from agents.host_clock import HostClock
from agents.outlet import Outlet
from agents.traps.counts import TrapCounts
from agents.traps.plan import TrapPlan

if TYPE_CHECKING:
    from agents.traps.hearing import Hearing


class Traps:
    """Lives on the event loop."""

    def __init__(
        self,
        config: AgentConfig,
        held: Secrets,
        outlet: Outlet,
        hint: Callable[[str], None],
        clock: HostClock,
    ) -> None:
        """`hint` is told which device to read at once.

        Raises:
            PortError: the address cannot be listened on.
        """
        self.counts = TrapCounts()
        self._hearing = _open(config, held, outlet, hint, clock, self.counts)

    @property
    def engines(self) -> int:
        """How many engines of version 3 are known."""
        return self._hearing.engines if self._hearing else 0

    @property
    def dropped(self) -> int:
        """How many datagrams were let go since their source sent too many."""
        return self._hearing.guard.dropped if self._hearing else 0

    @property
    def overflowed(self) -> int:
        """How many datagrams the kernel had no room for."""
        return self._hearing.port.overflowed if self._hearing else 0

    @property
    def socket_errors(self) -> int:
        """How many errors the socket had."""
        return self._hearing.port.errors if self._hearing else 0

    def apply(self, plan: TrapPlan) -> None:
        """Understand notifications as a plan says."""
        if self._hearing:
            self._hearing.plan = plan

    def work(self) -> dict[str, Coroutine[object, object, None]]:
        """Return what is done for ever, by a name for people."""
        return {"traps": self._hearing.read(), "traps' report": self._hearing.report()} if self._hearing else {}

    def stop(self) -> None:
        """Hear nothing more, and read what is heard already."""
        if self._hearing:
            self._hearing.stop()

    def close(self) -> None:
        """Answer nothing more: what was put is on disk, or is not."""
        if self._hearing:
            self._hearing.close()


def _open(
    config: AgentConfig,
    held: Secrets,
    outlet: Outlet,
    hint: Callable[[str], None],
    clock: HostClock,
    counts: TrapCounts,
) -> "Hearing | None":
    if config.traps is None:
        return None
    from agents.traps.hearing import Hearing  # with pysnmp, which takes memory and time
    from agents.traps.identity import start
    from agents.traps.keyring import keyring

    return Hearing(
        config.traps,
        keyring(config, held),
        start(config.data),
        put=outlet.put,
        put_durably=outlet.put_durably,
        hint=hint,
        clock=clock,
        counts=counts,
    )
