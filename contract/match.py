"""Which profiles fit a device, by what it says of itself. Pure: whoever asks the device brings the answers."""

import re
from collections.abc import Callable, Mapping

from contract.oid import Oid
from contract.profile import Match, Profile

MAX_DESCR = 255  # SNMPv2-MIB DisplayString (RFC 3418); more than that is not looked at


def matching(
    profiles: Mapping[str, Profile], sys_object_id: Oid, sys_descr: str, has: Callable[[Oid], bool]
) -> list[str]:
    """Return the names of the profiles that fit, the most specific first: by the longest prefix of sysObjectID, then
    those whose sysDescr fits, then those whose objects are there, then those that fit every device; then by name. One
    that another fitting one is read instead of is left out.

    `has` says whether the device has something under an OID; it is asked only where the rest of a profile fits, and
    once for each OID.
    """
    known: dict[Oid, bool] = {}

    def there(oid: Oid) -> bool:
        if oid not in known:
            known[oid] = has(oid)
        return known[oid]

    found: list[tuple[int, bool, bool, str]] = []
    for name, profile in profiles.items():
        match = profile.match
        length = _prefix(match, sys_object_id)
        if length is not None and _descr(match, sys_descr) and (not match.has or any(map(there, match.has))):
            found.append((-length, not match.sys_descr, not match.has, name))
    replaced = {other for *_, name in found for other in profiles[name].match.instead_of if other != name}
    return [name for *_, name in sorted(found) if name not in replaced]


def _prefix(match: Match, sys_object_id: Oid) -> int | None:
    """Return the length of the longest prefix that fits, 0 where any device may, None where none fits."""
    fitting = [len(oid) for oid in match.sys_object_id if sys_object_id[: len(oid)] == oid]
    return max(fitting, default=None if match.sys_object_id else 0)


def _descr(match: Match, sys_descr: str) -> bool:
    return not match.sys_descr or any(re.search(one, sys_descr[:MAX_DESCR]) for one in match.sys_descr)
