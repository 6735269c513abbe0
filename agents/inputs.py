"""What an agent takes in beside its polls: what sensors say, echoes, and performance files."""

from collections.abc import Callable, Coroutine

from agents.config import AgentConfig, Secrets
from agents.echo.echoes import Echoes
from agents.host_clock import HostClock
from agents.pm.plan import plan as plan_cells
from agents.pm.reading import Keep, PmFiles
from agents.sensors.hearing import Sensors
from agents.sensors.plan import plan
from contract.batch import Batch
from contract.messages import Assignment


class Inputs:
    """Lives on the event loop. Each puts batches of its own kind into the same spool."""

    def __init__(
        self, config: AgentConfig, held: Secrets, boot: str, put: Callable[[Batch], None], keep: Keep, clock: HostClock
    ) -> None:
        """`keep` makes bodies durable and says whether all of them are."""
        given = config.sensors
        self._topics = given.topics if given else ()
        client_id = f"mangrove-sensors-{config.id}-{boot[:8]}"
        self.sensors = Sensors(given.broker if given else None, held.sensors, client_id, put, clock)
        self.echoes = Echoes(config.snmp.sources, config.echo.per_second, put, clock)
        self.pm = PmFiles(config.pm, config.data, keep, clock)

    def prepare(self, assignment: Assignment) -> Callable[[], None]:
        """Return what applies an assignment to all of them.

        Raises:
            ConfigError: it cannot be read, and nothing of it may be applied.
        """
        heard, cells = plan(assignment, self._topics), plan_cells(assignment)

        def apply() -> None:
            self.sensors.apply(heard)
            self.echoes.apply(assignment)
            self.pm.apply(cells)

        return apply

    def work(self) -> dict[str, Coroutine[object, object, None]]:
        """Return what each does for ever, by a name for people."""
        return {
            "sensors' broker": self.sensors.subscribe(),
            "sensors": self.sensors.read(),
            "echoes": self.echoes.run(),
            "performance files": self.pm.run(),
        }

    async def stop(self) -> None:
        """Take nothing more in, and hand on what is here."""
        self.echoes.stop()
        self.pm.stop()
        await self.sensors.stop()
