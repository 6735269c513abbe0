"""What the watcher says in the demo: uptime, coverage, incidents, and the pages that the phone has received."""

from collections.abc import Mapping
from typing import TypedDict, cast

from contract.inventory import Inventory
from mangrove.demo.numbers import Ask
from mangrove.demo.phone import Phone
from mangrove.words import language


class Headline(TypedDict):
    """Communes by service in one technology."""

    communes: int
    total: int
    lost: int
    blind: int


class Uptime(TypedDict):
    """Seconds of all sites since the demo began."""

    up: float
    down: float
    unknown: float
    maintenance: float


class AreaNow(TypedDict):
    """A commune: its sites and devices by status, its service by technology, the sites on battery and how many minutes
    the first of them to go dark will last; by whom it is watched, the one with most devices first."""

    id: str
    name: str
    agents: list[str]
    sites: dict[str, int]
    devices: dict[str, int]
    services: dict[str, str]
    on_battery: int
    left_min: float | None


class Overview(TypedDict):
    """The collector's answer to `overview`; `sites` counts them by status."""

    sites: dict[str, int]
    uptime: Uptime
    headlines: dict[str, Headline]
    areas: list[AreaNow]


class Incident(TypedDict):
    """One open incident; `where` is empty when it is about ourselves, `about` its first alert as RULE|ELEMENT, `place`
    the id of its site."""

    key: str
    about: str
    place: str
    where: str
    what: str
    opened: int


def place(incident: Incident) -> str:
    """Return the name of its site, or of the element where it is about ourselves."""
    return incident["where"].partition(", ")[0] or incident["about"].partition("|")[2]


class Seen:
    """Looks at the collector, and remembers the worst that it has seen. `agents`: by whom each site is watched."""

    def __init__(self, phone: Phone, inventory: Inventory) -> None:
        self.phone = phone
        self.agents = {device.site: device.agent for device in inventory.devices}
        self.overview: Overview | None = None
        self.incidents: list[Incident] = []
        self._most_incidents: set[str] = set()
        self._least: dict[str, int] = {}

    def look(self, ask: Ask, since_ms: int) -> None:
        """Ask for all of it.

        Raises:
            ControlError: the collector does not answer.
        """
        self.overview = cast("Overview", ask("overview", since=since_ms))
        self.incidents = cast("list[Incident]", ask("incidents", language=language()))
        self._most_incidents |= {incident["key"] for incident in self.incidents}
        for technology, line in self.overview["headlines"].items():
            if line["blind"] == 0:
                self._least[technology] = min(line["communes"], self._least.get(technology, line["communes"]))

    def report(self) -> Mapping[str, object]:
        """Return numbers for `--json`."""
        overview = self.overview
        with_4g = overview["headlines"].get("4g") if overview else None
        up, down = (overview["uptime"]["up"], overview["uptime"]["down"]) if overview else (0.0, 0.0)
        return {
            "incidents": len(self._most_incidents),
            "incidents_open": len(self.incidents),
            "pages": [{"title": message.title, "text": message.text} for message in self.phone.messages],
            "communes_4g": with_4g["communes"] if with_4g else None,
            "communes_4g_least": self._least.get("4g"),
            "uptime_pct": round(100 * up / (up + down), 3) if up + down else None,
        }
