"""A proposal put into an inventory."""

from contract.config_file import ConfigError, Loaded
from contract.inventory_check import check
from mangrove.discover.propose import Proposal
from mangrove.inventory.difference import Difference, applied, entries
from mangrove.inventory.place import Place


def write(place: Place, proposal: Proposal, *, links: bool) -> None:
    """Add what is new and whole, change what has changed, and with `links` add the links; each list is written whole or
    not at all, the devices first.

    Raises:
        ConfigError: with every problem that the inventory would have, or it cannot be written.
    """
    loaded = place.read()
    before = loaded.value
    known = place.known(before)
    changes = {"devices": proposal.difference()}
    if links:
        there = {one.id for one in applied(before.devices, changes["devices"])}
        changes["links"] = Difference(added=[link for link in proposal.links if there.issuperset(link.ends)])
    update = {name: applied(entries(before, name), change) for name, change in changes.items()}
    if problems := check(Loaded(before.model_copy(update=update), loaded.places), *known):
        raise ConfigError(problems)
    for name, change in changes.items():
        if change:
            place.write(before, name, change)
