"""Whose devices are whose: the private enterprise numbers (IANA) of makers whose devices stand in our networks. Data
only."""

from typing import Final

from agents.snmp.oids import Oid

ENTERPRISES: Final[Oid] = (1, 3, 6, 1, 4, 1)
VENDORS: Final = {
    9: "cisco",
    94: "nokia",
    193: "ericsson",
    318: "apc",
    476: "vertiv",
    534: "eaton",
    637: "nokia",
    850: "tripp-lite",
    890: "zyxel",
    1991: "brocade",
    2011: "huawei",
    2254: "delta",
    2281: "ceragon",
    2356: "lancom",
    2509: "aviat",
    2636: "juniper",
    3052: "asentria",
    3373: "siae",
    3807: "fiberhome",
    3902: "zte",
    4413: "broadcom",
    4526: "netgear",
    4881: "ruijie",
    5651: "maipu",
    5875: "fiberhome",
    6302: "vertiv",
    6527: "nokia",
    11863: "tp-link",
    12148: "eltek",
    12356: "fortinet",
    12551: "cet-power",
    14988: "mikrotik",
    17713: "cambium",
    25506: "h3c",
    30065: "arista",
    41112: "ubiquiti",
    41809: "himoinsa",
    48690: "teltonika",
    53058: "baicells",
}


def vendor(sys_object_id: Oid) -> str | None:
    """Return the maker that a sysObjectID names, None where we do not know it."""
    depth = len(ENTERPRISES)
    if len(sys_object_id) <= depth or sys_object_id[:depth] != ENTERPRISES:
        return None
    return VENDORS.get(sys_object_id[depth])
