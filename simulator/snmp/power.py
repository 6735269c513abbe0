"""The power controller of a site."""

from simulator.model.reading import Battery, Reading
from simulator.snmp.kind import Facts, Made
from simulator.snmp.scene import Scene
from simulator.snmp.ups import ups

ASKED_BPS = 20_000.0  # what passes to it and back


def power(facts: Facts, scene: Scene) -> Made:
    """Return a controller that says what the model says of its site."""

    def state(ticks: int) -> tuple[Reading, Battery]:
        now = scene.week.simulated(ticks)
        return scene.reading(facts.site, now), scene.battery(facts.site, now)

    return Made([ups(facts.name, state)])
