"""What there is to say of an incident now, gathered for its page. Pure."""

from collections.abc import Mapping

from collector.watch import cause, coverage
from collector.watch.alert import Alert
from collector.watch.incident import Incident
from collector.watch.network import Network
from collector.watch.page import Scene
from collector.watch.picture import tallies_of
from collector.watch.rules import Rules, Unreachable
from collector.watch.sight import Sight
from contract.catalog import Text

GONE = Text(en="Its rule is no longer there", vi="Quy tắc của nó không còn nữa")


def scene(
    incident: Incident,
    key: str,
    rules: Rules,
    network: Network | None,
    sight: Sight,
    active: Mapping[str, Alert],
    now_ms: int,
) -> Scene:
    """Return what its page tells now; `active` are the alerts that are not inactive."""
    rule = rules.get(incident.about.partition("|")[0])
    what, subject = rule or GONE, incident.about.partition("|")[2]
    alert = active.get(incident.about)
    since = min(alert.since, incident.opened) if alert else incident.opened
    if network is None or incident.place not in network.sites:
        return Scene(key, what, subject, (), since, None, (0, 0), ())
    site = incident.place
    area = network.sites[site].area
    cells = coverage.services(tallies_of(area, now_ms, network, sight))
    has_cause = isinstance(rule, Unreachable) or (rule is not None and rule.cause == "power")
    return Scene(
        key,
        what,
        subject,
        (network.title(site), *(network.title(area) for area in network.areas_of(site))),
        since,
        cause.of_site(site, network, sight, rules, active, now_ms) if has_cause else None,
        cause.lost_with(site, network, sight, now_ms),
        tuple(cause.cells_of(area, cells)),
    )
