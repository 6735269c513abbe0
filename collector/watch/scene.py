"""What there is to say of an incident now, gathered for its page. Pure."""

from collections.abc import Mapping

from collector.watch import cause, coverage
from collector.watch.alert import Alert
from collector.watch.alerts import element_of
from collector.watch.incident import Incident
from collector.watch.network import Network
from collector.watch.page import Scene
from collector.watch.picture import tallies_of
from collector.watch.rules import Rules
from collector.watch.sight import Sight
from contract.catalog import Text

GONE = Text(en="Its rule is no longer there", vi="Quy tắc của nó không còn nữa")


def scene(
    incident: Incident, key: str, rules: Rules, network: Network | None, sight: Sight, active: Mapping[str, Alert]
) -> Scene:
    """Return what its page tells; `active` are the alerts that are not inactive."""
    what = rules.get(incident.about.partition("|")[0]) or GONE
    subject = element_of(incident.about)
    alert = active.get(incident.about)
    since = min(alert.since, incident.opened) if alert else incident.opened
    if network is None or incident.place not in network.sites:
        return Scene(key, what, subject, (), since, None, (0, 0), ())
    site, now_ms = incident.place, incident.resolved or sight.newest or incident.opened
    area = network.sites[site].area
    cells = coverage.services(tallies_of(area, now_ms, network, sight))
    return Scene(
        key,
        what,
        subject,
        (network.title(site), *(network.title(area) for area in network.areas_of(site))),
        since,
        cause.of_site(site, network, sight, rules, active, now_ms),
        cause.lost_with(site, network),
        tuple(cause.cells_of(area, cells)),
    )
