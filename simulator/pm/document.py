"""A measCollecFile of TS 32.435 clause 4: a measData for each site, in it a measInfo for each technology. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby

from contract.inventory import Cell
from simulator.pm.counters import Counters

NAMESPACE = "http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec"
_FUNCTIONS = {"2g": "BssFunction", "3g": "NodeBFunction", "4g": "ENBFunction", "5g": "GNBDUFunction"}


def name(sender: str, start: float, end: float) -> str:
    """Return the file's name (TS 32.432 clause 4.3): type A, one period, one unit; times in seconds since 1970."""
    began, ended = datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)
    return f"A{began:%Y%m%d.%H%M%S}+0000-{ended:%H%M%S}+0000_{sender}.xml"


def document(sender: str, start: float, end: float, cells: Sequence[Cell], values: Mapping[str, Counters]) -> str:
    """Return the file of those cells that have values, by their ids; cells of a site must follow each other."""
    return "".join(_lines(sender, start, end, [cell for cell in cells if cell.id in values], values))


def _lines(
    sender: str, start: float, end: float, cells: Sequence[Cell], values: Mapping[str, Counters]
) -> Iterator[str]:
    until, duration = _time(end), f"PT{round(end - start)}S"
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<measCollecFile xmlns="{NAMESPACE}">\n'
    yield '<fileHeader fileFormatVersion="32.435 V16.0" vendorName="generated sample">\n'
    yield f'<fileSender localDn="OSS={sender}"/><measCollec beginTime="{_time(start)}"/>\n</fileHeader>\n'
    for site, here in groupby(cells, lambda cell: cell.site):
        yield f'<measData><managedElement localDn="ManagedElement={site}" userLabel="generated sample"/>\n'
        ordered = sorted(here, key=lambda cell: cell.technology)
        for technology, them in groupby(ordered, lambda cell: cell.technology):
            yield f'<measInfo measInfoId="{technology}"><job jobId="1"/>'
            yield f'<granPeriod duration="{duration}" endTime="{until}"/><repPeriod duration="{duration}"/>\n'
            alike = list(them)
            yield f"<measTypes>{' '.join(values[alike[0].id])}</measTypes>\n"
            for cell in alike:
                results = " ".join(map(str, values[cell.id].values()))
                yield f'<measValue measObjLdn="{_FUNCTIONS[technology]}=1,{cell.name}">'
                yield f"<measResults>{results}</measResults></measValue>\n"
            yield "</measInfo>\n"
        yield "</measData>\n"
    yield f'<fileFooter><measCollec endTime="{until}"/></fileFooter>\n</measCollecFile>\n'


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
