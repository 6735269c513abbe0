"""The oracle: what a database must hold, from nothing of ours but the journal's bytes.

The journal is every segment that an agent ever wrote: those in its spool and those in its archive. It is read here
by a few lines of its own (magic, CRC, zstd, JSON), and not by the product's code.
"""

import json
import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import zstandard

_HEADER = struct.Struct(">4sIBQQI")
OUTCOMES = ["ok", "partial", "timeout", "auth", "refused", "unreachable", "error"]

Key = tuple[str, str, str, str, int]  # measurement, agent, device, the measurement's own tag, time in ms
Fields = dict[str, float | int]


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of the journal."""

    boot: int
    seq: int
    crc: int
    body: Mapping[str, object]


def journal(*folders: Path) -> list[Entry]:
    """Return every whole record of the segments in the folders, each once."""
    found: dict[tuple[int, int, int], Entry] = {}
    for data in _segments(*folders):
        at = 0
        while (at := data.find(b"\x9aMGV", at)) >= 0 and at + _HEADER.size <= len(data):
            _, crc, _, boot, seq, length = _HEADER.unpack_from(data, at)
            end = at + _HEADER.size + length
            if end <= len(data) and zlib.crc32(data[at + 8 : end]) == crc:
                body = data[at + _HEADER.size : end]
                if body.startswith(b"\x28\xb5\x2f\xfd"):
                    body = zstandard.ZstdDecompressor().decompress(body)
                found[boot, seq, crc] = Entry(boot, seq, crc, json.loads(body))
                at = end
            else:
                at += 1
    return list(found.values())


def _segments(*folders: Path) -> list[bytes]:
    """Return the contents of all segments. One that is freed meanwhile moves from folder to folder: look again."""
    while True:
        try:
            return [path.read_bytes() for folder in folders for path in folder.glob("*.seg")]
        except FileNotFoundError:
            continue


def expected(entries: Iterable[tuple[str, Entry]]) -> dict[Key, Fields]:
    """Return the points of (agent, entry) pairs."""
    points: dict[Key, Fields] = {}
    for agent, entry in entries:
        body = entry.body
        device, time = str(body.get("device", "")), cast("int", body["time"])
        if poll := cast("dict[str, object] | None", body.get("poll")):
            fields: Fields = {"outcome": OUTCOMES.index(str(poll["outcome"]))}
            if body["kind"] != "sensor":
                fields["took_ms"] = float(cast("int", poll["took_ms"]))
                fields["requests"] = int(cast("int", poll.get("requests", 0)))
            points.setdefault(("poll", agent, device, "", time), {}).update(fields)
        for table in cast("list[dict[str, list[object]]]", body.get("tables", [])):
            names = cast("list[str]", table["fields"])
            tags = cast("list[str]", table.get("tags", []))
            width = len(tags)
            for at, row in enumerate(cast("list[list[object]]", table["rows"])):
                when = cast("list[int]", table["times"])[at] if "times" in table else time
                own = "/".join(text for _, text in sorted(zip(tags, map(str, row[:width]), strict=True)))
                values = zip(names, cast("list[float | None]", row[width:]), strict=True)
                key = (str(table["measurement"]), agent, device, own, when)
                points.setdefault(key, {}).update({name: value for name, value in values if value is not None})
    return {key: fields for key, fields in points.items() if fields}


OWN_TAGS = {"interface": "if_name"}
ENRICHED = {"agent", "device", "site", "area", "level", "role", "vendor", "operator", "time", "measurement", "if_name"}


def as_points(rows: Iterable[Mapping[str, object]]) -> dict[Key, Fields]:
    """Return rows of a database (a dict of columns each, with `measurement` and `time` in ms) as points."""
    points: dict[Key, Fields] = {}
    for row in rows:
        measurement = str(row["measurement"])
        own = str(row.get(OWN_TAGS.get(measurement, ""), "") or "")
        key = (
            measurement,
            str(row.get("agent") or ""),
            str(row.get("device") or ""),
            own,
            cast("int", row["time"]),
        )
        assert key not in points, f"two points of one series and time: {key}"
        points[key] = {
            name: cast("float", value) for name, value in row.items() if name not in ENRICHED and value is not None
        }
    return points


def differences(wanted: Mapping[Key, Fields], got: Mapping[Key, Fields]) -> list[str]:
    """Return what is lost, forged or altered, as text; empty when the sets are equal."""
    lost = [f"lost {key}" for key in wanted if key not in got]
    forged = [f"forged {key}: {got[key]}" for key in got if key not in wanted]
    altered = [
        f"altered {key}: {wanted[key]} is {got[key]}" for key in wanted if key in got and wanted[key] != got[key]
    ]
    return [*lost, *forged, *altered]
