"""What devices of one model have in common is kept once: they have the same rows under the same names."""

from collections.abc import Hashable, Sequence
from weakref import WeakValueDictionary

from agents.layout import Layout
from agents.plan import Plan, plan
from agents.snmp.instances import Instances
from contract.profile import Profile


class Shared:
    """Equal plans, layouts and questions, for as long as a device has them."""

    def __init__(self) -> None:
        self._plans: WeakValueDictionary[tuple[int, ...], Plan] = WeakValueDictionary()
        self._layouts: WeakValueDictionary[Hashable, Layout] = WeakValueDictionary()
        self._instances: WeakValueDictionary[tuple[bytes, ...], Instances] = WeakValueDictionary()

    def plan(self, profiles: Sequence[Profile]) -> Plan:
        """Return the plan for these very profiles."""
        key = tuple(map(id, profiles))
        return self._plans.get(key) or self._plans.setdefault(key, plan(profiles))

    def layout(self, made: Layout) -> Layout:
        """Return one that is equal to `made`."""
        key = id(made.table), made.rows, made.live, made.fixed_values
        kept = self._layouts.setdefault(key, made)
        return kept if kept == made else made

    def instances(self, names: tuple[bytes, ...]) -> Instances:
        """Return the one of these encoded names."""
        return self._instances.get(names) or self._instances.setdefault(names, Instances(names))
