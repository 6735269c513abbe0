"""Performance files made for the tests by the schema of TS 32.435 and TS 28.532, with the habits of several vendors,
and the cells that are in them."""

import gzip
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agents.host_clock import Stamp
from agents.pm.gather import Gather
from agents.pm.parse import Parser
from agents.pm.plan import Plan, plan_of
from contract.batch import Batch
from contract.catalog import load_catalog
from contract.messages import AssignedCell, Assignment
from contract.pm import Counters, load_counters

CONFIG = Path(__file__).parents[3] / "config"
NOW = 1_795_716_000_000  # 2026-11-26T18:00:00Z
STAMP = Stamp(NOW, 7, synced=True)
END, END_MS = "2026-11-27T00:45:00+07:00", NOW - 900_000
OF_32435 = "http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec"
OF_28550 = "http://www.3gpp.org/ftp/specs/archive/28_series/28.550#measData"

Values = Mapping[str, float | str]
GOOD: Values = {
    "RRC.ConnEstabAtt.sum": 200,
    "RRC.ConnEstabSucc.sum": 190,
    "S1SIG.ConnEstabAtt": 100,
    "S1SIG.ConnEstabSucc": 99,
    "ERAB.EstabInitAttNbr.sum": 150,
    "ERAB.EstabInitSuccNbr.sum": 147,
    "ERAB.RelActNbr.sum": 3,
    "ERAB.SessionTimeUE": 7200,
    "DRB.IPVolDl.sum": 9000,
    "DRB.IPTimeDl.sum": 300,
    "RRU.CellUnavailableTime.sum": 90,
    "RRU.PrbTotDl": 41,
}


@dataclass(frozen=True)
class Info:
    """One measInfo: the values of each object, all of the same counters."""

    objects: Mapping[str, Values]
    end: str = END
    length: str = "PT900S"
    suspect: tuple[str, ...] = ()
    listed: bool = False  # measTypes and measResults, not measType and r

    def xml(self, ns: str = "") -> str:
        """The element, its names with a prefix."""
        counters = list(next(iter(self.objects.values())))
        if self.listed:
            types = f"<{ns}measTypes>{' '.join(counters)}</{ns}measTypes>"
        else:
            types = "".join(f'<{ns}measType p="{n}">{name}</{ns}measType>' for n, name in enumerate(counters, 1))
        values = "".join(self._value(ns, name, values) for name, values in self.objects.items())
        period = f'<{ns}granPeriod duration="{self.length}" endTime="{self.end}"/><{ns}repPeriod duration="PT1800S"/>'
        return f'<{ns}measInfo measInfoId="x"><{ns}job jobId="1"/>{period}{types}{values}</{ns}measInfo>'

    def _value(self, ns: str, name: str, values: Values) -> str:
        if self.listed:
            given = f"<{ns}measResults>{' '.join(map(str, values.values()))}</{ns}measResults>"
        else:
            given = "".join(f'<{ns}r p="{n}">{value}</{ns}r>' for n, value in enumerate(values.values(), 1))
        mark = f"<{ns}suspect>{'true' if name in self.suspect else 'false'}</{ns}suspect>"
        return f'<{ns}measValue measObjLdn="{name}">{given}{mark}</{ns}measValue>'


def made(
    *infos: Info, element: str = "ManagedElement=1", prefix: str = "DC=example", xmlns: str = OF_32435, ns: str = ""
) -> bytes:
    """A measCollecFile."""
    name = f"xmlns:{ns[:-1]}" if ns else "xmlns"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<?xml-stylesheet type="text/xsl" href="MeasDataCollection.xsl"?>\n'
        f'<{ns}measCollecFile {name}="{xmlns}"><{ns}fileHeader fileFormatVersion="32.435 V10.0" vendorName="made" '
        f'dnPrefix="{prefix}"><{ns}fileSender elementType="OSS"/><{ns}measCollec beginTime="{END}"/></{ns}fileHeader>'
        f'<{ns}measData><{ns}managedElement localDn="{element}" swVersion="1"/>'
        f"{''.join(info.xml(ns) for info in infos)}</{ns}measData>"
        f'<{ns}fileFooter><{ns}measCollec endTime="{END}"/></{ns}fileFooter></{ns}measCollecFile>\n'
    ).encode()


def made_28532(*infos: Info, element: str = "ManagedElement=1") -> bytes:
    """A measDataFile."""
    body = "".join(info.xml() for info in infos)
    return (
        f'<measDataFile xmlns="{OF_28550}"><fileHeader fileFormatVersion="28.550 V2.0" vendorName="made" dnPrefix="">'
        f'<fileSender senderName="gnb"/><measData beginTime="{END}"/></fileHeader>'
        f'<measData><measEntity localDn="{element}" userLabel="x"/>{body}</measData>'
        f'<fileFooter><measData endTime="{END}"/></fileFooter></measDataFile>'
    ).encode()


def zipped(data: bytes) -> bytes:
    """As gzip."""
    return gzip.compress(data, 3)


@cache
def shipped() -> dict[str, Counters]:
    """The files of counters that are shipped."""
    return load_counters(CONFIG / "pm", load_catalog(CONFIG / "catalog.yaml"))[0]


def texts() -> dict[str, str]:
    """The same, for an assignment."""
    return {path.stem: path.read_text(encoding="utf-8") for path in (CONFIG / "pm").glob("*.yaml")}


def cell(name: str, key: str, technology: str = "4g") -> AssignedCell:
    """A cell as an agent knows it."""
    return AssignedCell(id=name, key=key, technology=technology)


def planned(*cells: AssignedCell) -> Plan:
    """The plan of some cells with the shipped counters."""
    return plan_of("1-abcd", list(cells), shipped())


def assignment(*cells: AssignedCell) -> Assignment:
    """An assignment of some cells."""
    return Assignment(version=1, id="1-abcd", cells=list(cells), counters=texts())


def gathered(data: bytes, plan: Plan, stamp: Stamp = STAMP, piece: int = 1000) -> Gather:
    """What a file says."""
    gather = Gather(plan, stamp)
    parser = Parser(gather)
    for first in range(0, len(data), piece):
        parser.feed(data[first : first + piece])
    parser.close()
    return gather


def rows(batches: Iterable[Batch]) -> dict[tuple[str, str, int], dict[str, float | int | None]]:
    """The values by cell, measurement and time; those that are none are left out."""
    out: dict[tuple[str, str, int], dict[str, float | int | None]] = {}
    for batch in batches:
        for table in batch.tables:
            for row, time in zip(table.rows, table.times or (), strict=True):
                names: Sequence[str] = table.fields
                said: dict[str, float | int | None] = {
                    name: value
                    for name, value in zip(names, row[1:], strict=True)
                    if value is not None and not isinstance(value, str)
                }
                out[batch.device, table.measurement, time] = said
    return out
