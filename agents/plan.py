"""What the profiles of a device want of it, before anything is known of it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from agents.snmp.session import IN_FLIGHT, MAX_OIDS, MAX_REPETITIONS, PER_SECOND, Limits
from contract.oid import Oid
from contract.profile import Profile, ProfileTable, Quirks

SYS_UP_TIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Plan:
    """The tables of all `profiles`, known by their place, and what the strictest one says of the device's manners."""

    profiles: tuple[Profile, ...]
    tables: tuple[ProfileTable, ...]
    quirks: Quirks

    def markers(self, places: Iterable[int]) -> list[Oid]:
        """Return the scalars that tell whether the rows of these tables may have changed, each once."""
        return list(dict.fromkeys(oid for place in places for oid in self.tables[place].changed))


def plan(profiles: Iterable[Profile]) -> Plan:
    """Return the plan for a device that has these profiles."""
    known = list(profiles)
    return Plan(
        tuple(known), tuple(table for one in known for table in one.tables), _strictest(p.quirks for p in known)
    )


def _strictest(quirks: Iterable[Quirks]) -> Quirks:
    all_of = list(quirks)

    def least(name: str) -> float | None:
        return min((value for one in all_of if (value := getattr(one, name)) is not None), default=None)

    limits = {name: least(name) for name in ("max_oids", "max_repetitions", "in_flight", "per_second")}
    return Quirks.model_validate(
        limits
        | {
            "bulk": all(one.bulk for one in all_of),
            "reply_from_any": any(one.reply_from_any for one in all_of),
        }
    )


def limits(quirks: Quirks) -> Limits:
    """Return what a session may ask of a device with these quirks."""
    return {
        "max_oids": quirks.max_oids or MAX_OIDS,
        "max_repetitions": quirks.max_repetitions or MAX_REPETITIONS,
        "in_flight": quirks.in_flight or IN_FLIGHT,
        "per_second": quirks.per_second or PER_SECOND,
        "from_any": quirks.reply_from_any,
        "bulk": quirks.bulk,
    }
