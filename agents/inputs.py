"""What an agent takes in beside its polls: what sensors and devices say, echoes, and performance files."""

from collections.abc import Callable, Coroutine

from agents.config import AgentConfig, Secrets
from agents.echo.echoes import Echoes
from agents.host_clock import HostClock
from agents.outlet import Outlet
from agents.pm.plan import plan as plan_cells
from agents.pm.reading import PmFiles
from agents.sensors.hearing import Sensors
from agents.sensors.plan import plan
from agents.traps.plan import trap_plan
from agents.traps.traps import Traps
from contract.messages import Assignment


class Inputs:
    """Lives on the event loop. Each puts batches of its own kind into the same spool."""

    def __init__(
        self,
        config: AgentConfig,
        held: Secrets,
        boot: str,
        outlet: Outlet,
        hint: Callable[[str], None],
        clock: HostClock,
    ) -> None:
        """`hint` is told which device to read at once.

        Raises:
            PortError: traps cannot be heard.
        """
        given = config.sensors
        self._topics = given.topics if given else ()
        client_id = f"mangrove-sensors-{config.id}-{boot[:8]}"
        broker = given.broker if given else None
        self.sensors = Sensors(broker, held.sensors, client_id, outlet.put, clock, config.id, config.data)
        self.echoes = Echoes(config.snmp.sources, config.echo.per_second, outlet.put, clock)
        self.pm = PmFiles(config.pm, config.data, outlet.keep, clock)
        self.traps = Traps(config, held, outlet, hint, clock)

    def prepare(self, assignment: Assignment) -> Callable[[], None]:
        """Return what applies an assignment to all of them.

        Raises:
            ConfigError: it cannot be read, and nothing of it may be applied.
        """
        heard, cells, told = plan(assignment, self._topics), plan_cells(assignment), trap_plan(assignment)

        def apply() -> None:
            self.sensors.apply(heard)
            self.echoes.apply(assignment)
            self.pm.apply(cells)
            self.traps.apply(told)

        return apply

    def work(self) -> dict[str, Coroutine[object, object, None]]:
        """Return what each does for ever, by a name for people."""
        return {
            "sensors' broker": self.sensors.subscribe(),
            "sensors": self.sensors.read(),
            "edge nodes": self.sensors.remember(),
            "echoes": self.echoes.run(),
            "performance files": self.pm.run(),
            **self.traps.work(),
        }

    async def stop(self) -> None:
        """Take nothing more in, and hand on what is here."""
        self.traps.stop()
        self.echoes.stop()
        self.pm.stop()
        await self.sensors.stop()
