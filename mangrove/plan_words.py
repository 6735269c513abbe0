"""What an agent's plan says of itself, in the words of the user."""

import re
from typing import Final

from agents.snmp.oids import oid
from mangrove.words import word

_SAID: Final = {
    "is it there?": "plan_probe",
    "what is known": "plan_known",
    "which profiles fit?": "plan_recognise",
    "scalars, and markers of change": "plan_scalars",
    "nothing is known of it yet": "plan_new",
    "its profiles have just been found": "plan_recognised",
    "an instance is gone": "plan_gone",
    "a row has another name": "plan_renamed",
    "it had no rows": "plan_empty",
    "the last walk was not whole": "plan_partial",
    "the device has restarted": "plan_restarted",
}
_WALK: Final = re.compile(r"walk of (\w+): (.*)")
_OLD: Final = re.compile(r"it was learned (\d+) s ago")
_MOVED: Final = re.compile(r"([\d.]+) has changed")
_OBJECTS: Final = {
    "1.3.6.1.2.1.31.1.5": "ifTableLastChange",
    "1.3.6.1.2.1.2.1": "ifNumber",
    "1.3.6.1.2.1.47.1.4.1": "entLastChangeTime",
    "1.3.6.1.2.1.1.3": "sysUpTime",
    "1.3.6.1.2.1.99.1.1.1.8": "entPhySensorValueTimeStamp",
}


def purpose_words(said: str) -> str:
    """Return what a packet is for, or why a table was walked; what has no words here comes as it was said."""
    if key := _SAID.get(said):
        return word(key)
    if match := _WALK.fullmatch(said):
        return word("plan_walk", measurement=match[1], why=purpose_words(match[2]))
    if match := _OLD.fullmatch(said):
        return word("plan_old", seconds=match[1])
    if match := _MOVED.fullmatch(said):
        return word("plan_moved", object=object_name(oid(match[1])))
    return said


def object_name(name: tuple[int, ...]) -> str:
    """Return the name of a marker of change, or its OID."""
    dotted = ".".join(map(str, name))
    return _OBJECTS.get(dotted, dotted)
