"""Over which links what customers ask for goes, as links come and go: on the shortest way to the core that there is."""

from collections.abc import Mapping

from contract.inventory import Inventory
from simulator.snmp import ways
from simulator.snmp.traffic import Flow


class Routes:
    """Those of one province."""

    def __init__(
        self,
        inventory: Inventory,
        asked_bps: Mapping[str, float],
        flows: Mapping[str, Flow],
        outside: Mapping[str, Flow],
    ) -> None:
        """All links are up. `asked_bps`: what the customers of each device ask for; `flows` are by link, `outside` has
        the ways out of the province by router of the core."""
        self._inventory, self._asked, self._flows, self._outside = inventory, asked_bps, flows, outside
        self._up = frozenset(flows)

    def adapt(self, ticks: int) -> None:
        """Let all go over the links that are up now: a ring that is cut has another way, and what is asked for where
        nothing leads to passes nowhere."""
        up = frozenset(link for link, flow in self._flows.items() if flow.state(ticks)[0])
        if up == self._up:
            return
        self._up = up
        loads, totals = ways.loads(self._inventory, self._asked, up)
        for link in self._inventory.links:
            self._flows[link.id].carry(ticks, *ways.rates(link, loads.get(link.id)))
        for core, flow in self._outside.items():
            flow.carry(ticks, *ways.outward(totals[core]))
