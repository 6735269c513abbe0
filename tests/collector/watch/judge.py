"""What must hold of a province at any moment, by what is true: who is woken, who is not, and what the rows say."""

from collections.abc import Callable

from collector.watch.field import Field
from collector.watch.truth import DOWN, UNSEEN, UP, Facts
from collector.watch.world import INTERVAL_S

from collector.oncall.notice import Entry
from collector.watch.incident import MONITORING

SLOWEST_S = 2 * INTERVAL_S  # an edit may double an interval
FOR_S, KEEP_S = 30, 20  # of router-unreachable, by the scale of these tests
AGENT_FOR_S, AGENT_SILENT_S = 40, 30
PATIENCE_S = 15 + 2 * SLOWEST_S  # what a fault waits for who it is reached through
PAGES_WITHIN_S = int(FOR_S + PATIENCE_S + 2 * SLOWEST_S)
ENDS_WITHIN_S = int(KEEP_S + 3 * SLOWEST_S)
QUIET_S = 60
CODES = {DOWN: 0, UP: 1, UNSEEN: 2, "planned": 3, "behind": 4}


class Judge:
    """Looks at a field after each step; `since` is how many facts it has seen, `told` how many notices."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.told = 0
        self.acked: dict[str, int] = {}
        self.edited = 0  # facts before this are of another inventory

    def look(self) -> None:
        """Hold all that must hold at any moment."""
        pages = self.field.pages()
        for entry in pages[self.told :]:
            if entry.notice.action == "page" and not any(
                one.notice.key == entry.notice.key for one in pages[: self.told]
            ):
                self._is_justified(entry)
        self.told = len(pages)
        self._alternate(pages)
        self._nobody_is_missed()
        self._nothing_lasts()

    def _last(self, seconds: int, holds: Callable[[Facts], bool]) -> bool:
        """Whether something held in each of the last seconds, of one inventory."""
        facts = self.field.facts[self.edited :]
        return len(facts) >= seconds and all(holds(one) for one in facts[-seconds:])

    def _nobody_is_missed(self) -> None:
        """I7: a fault of a router's own that lasts has an incident; so has our blindness."""
        open_ones = self.field.engine.open_incidents()
        open_at = [one.place for one in open_ones]
        assert len(open_at) == len(set(open_at))
        told = {alert.partition("|")[2] for one in open_ones for alert in one.alerts}  # also where it was before
        for device in self.field.map.devices.values():
            if device.role == "router" and self._last(
                PAGES_WITHIN_S,
                lambda one, device=device: (
                    device.id in one.own  # type: ignore[misc]
                    and device.agent not in one.blind
                    and device.id not in one.planned
                    and not one.restless
                ),
            ):
                assert device.site in open_at or device.id in told, f"nobody was woken for {device.id}"
        within = AGENT_SILENT_S + AGENT_FOR_S + 15
        for agent, site in self.field.map.agents.items():
            there = set(self.field.map.routers(site or ""))
            others = {self.field.map.devices[one].agent for one in there}
            if self._last(
                within,
                lambda one, agent=agent, there=there, others=others: (
                    agent in one.blind  # type: ignore[misc]
                    and agent not in one.planned
                    and (not there or bool(there & one.alive or others & one.blind))  # else it is cut off with its site
                    and not one.deaf
                    and not one.restless
                ),
            ):
                assert MONITORING in open_at, f"nobody was woken for agent {agent}"
        if self._last(within, lambda one: one.deaf and not one.restless):
            assert MONITORING in open_at

    def _nothing_lasts(self) -> None:
        """What is over has its end, wherever the device has been moved to since."""
        for incident in self.field.engine.open_incidents():
            if incident.place == MONITORING:
                assert not self._last(ENDS_WITHIN_S, lambda one: not one.blind and not one.restless)
                continue
            devices = {alert.partition("|")[2] for alert in incident.alerts} & self.field.map.devices.keys()
            agents = {self.field.map.devices[one].agent for one in devices}
            assert not self._last(
                ENDS_WITHIN_S,
                lambda one, devices=devices, agents=agents: (
                    devices <= one.alive  # type: ignore[misc]
                    and not agents & one.blind
                    and not one.restless
                ),
            ), f"{incident.place} is well"

    def _is_justified(self, entry: Entry) -> None:
        """I8: there is a true fault behind a page, of the site's own, that had lasted and was not planned."""
        number = int(entry.notice.key.rpartition("-")[2])
        incident = next(one for one in self.field.engine.memory.incidents(1000) if one.number == number)
        ago = len(self.field.facts) - 1 - (self.field.now - entry.added_ms) // 1000
        if incident.place == MONITORING:
            facts = self.field.facts[max(0, ago - AGENT_FOR_S - AGENT_SILENT_S - 15) : ago + 1]
            assert _longest(facts, lambda one: bool(one.blind - one.planned) or one.restless) >= AGENT_FOR_S - 1
            assert any(one.blind - one.planned or one.deaf for one in facts[-5:])
            return
        element = incident.about.partition("|")[2]
        facts = self.field.facts[max(0, ago - FOR_S - 60) : ago + 1]
        found = _longest(facts, lambda one: element in one.down | one.suspect and element not in one.planned)
        assert found >= FOR_S - 1.1 * SLOWEST_S - 1, f"{element} was down for {found} s"

    def _alternate(self, pages: list[Entry]) -> None:
        said: dict[tuple[str, str], list[Entry]] = {}
        for entry in pages:
            said.setdefault((entry.notice.key, entry.notice.person), []).append(entry)
        for entries in said.values():
            actions = [one.notice.action for one in entries]
            assert actions[0] == "page"
            assert "resolve" not in actions[:-1]
            acked = self.acked.get(entries[0].notice.key)
            assert all(one.added_ms <= acked or one.notice.action == "resolve" for one in entries if acked is not None)
        over = {key for (key, _), entries in said.items() if entries[-1].notice.action == "resolve"}
        assert all(entries[-1].notice.action == "resolve" for (key, _), entries in said.items() if key in over)

    def is_quiet(self) -> bool:
        """Whether nothing has changed for so long that all of it must be known."""
        facts = self.field.facts[self.edited :]
        return len(facts) >= QUIET_S and all(one == facts[-1] and not one.restless for one in facts[-QUIET_S:])

    def read_the_rows(self) -> None:
        """Hold the status of everything, and what is made of it, against the truth. Only when it is quiet."""
        now, field = self.field.facts[-1], self.field
        seen = {one.id: UNSEEN for one in field.map.devices.values()}
        seen |= {
            one.id: UP if one.id in now.alive else DOWN
            for one in field.map.devices.values()
            if one.agent not in now.blind and field.now >= field.paused.get(one.agent, 0) + 1000 * QUIET_S
        }
        behind = {one for one in seen if seen[one] == DOWN and field.map.is_blamed(one, seen, now.own)}
        status = field.engine.status()
        for name, state in seen.items():
            expected = "planned" if name in now.planned else "behind" if name in behind else state
            assert status[f"device/{name}"] == CODES[expected], f"{name} is {expected}"
        for site in field.map.area_of:
            routers = field.map.routers(site)
            best = next((s for s in (UP, UNSEEN) if s in [seen[one] for one in routers]), "")
            best = best or ("behind" if behind & set(routers) else DOWN if routers else UNSEEN)
            planned = site in now.planned or (bool(routers) and now.planned >= set(routers))
            assert status[f"site/{site}"] == CODES["planned" if planned else best], f"{site} is {best}"
        for agent in field.map.agents:
            state = "planned" if agent in now.planned else UNSEEN if agent in now.blind else UP
            assert status[f"agent/{agent}"] == CODES[state]
        self._read_coverage(seen, now)

    def _read_coverage(self, seen: dict[str, str], now: Facts) -> None:
        field = self.field
        cells: dict[str, list[str]] = {}
        for cell in field.inventory.cells:
            routers = [seen[one] for one in field.map.routers(cell.site)]
            state = UP if UP in routers else UNSEEN if UNSEEN in routers or not routers else DOWN
            sensor = f"pw-{cell.site}"
            heard = sensor in field.meaning.elements and sensor not in field.silent
            heard = heard and field.meaning.elements[sensor].agent not in now.blind
            if state == UP and heard and field.power.get(sensor) == (0, 0.0):
                state = DOWN
            cells.setdefault(field.map.area_of[cell.site], []).append(state)
        for area, states in cells.items():
            up, down, unseen = (states.count(one) for one in (UP, DOWN, UNSEEN))
            row = field.last("coverage", area=area)
            assert (row["cells_up"], row["cells_down"], row["cells_unknown"]) == (up, down, unseen), area
            service = 2 if up == len(states) else 1 if up else 3 if unseen else 0
            assert field.last("service", area=area)["status"] == service
        served = sum(UP in states for states in cells.values())
        lost = sum(set(states) == {DOWN} for states in cells.values())
        blind = len(cells) - served - lost
        row = field.last("headline", technology="4g")
        assert (row["total"], row["lost"], row["blind"]) == (len(cells), lost, blind)
        assert row.get("communes") == (None if blind and not served else served)


def _longest(facts: list[Facts], holds: Callable[[Facts], bool]) -> int:
    longest = run = 0
    for one in facts:
        run = run + 1 if holds(one) else 0
        longest = max(longest, run)
    return longest
