"""`mangrove sensor test`: what a mapping makes of one message, so that a mapping can be written and tried at a desk."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from agents.host_clock import Stamp, wall_ms
from agents.sensors.plan import parts
from agents.sensors.sparkplug import alone
from agents.sensors.understand import PARSERS, read, speakers
from agents.sensors.values import RefusedError
from contract.catalog import load_catalog
from contract.config_file import ConfigError, load
from contract.handlers import Message
from contract.mapping import Mapping, check
from mangrove.readable import readable
from mangrove.shipped import shipped_config
from mangrove.words import word


def test(path: Path, topic: str, payload: bytes, catalog_path: Path | None, birth: bytes | None) -> int:
    """Print the sensor's key, the time and the tables; return 1 with the reason when the message would be refused.
    `birth` is the payload by which the aliases of Sparkplug are known.

    Raises:
        ConfigError: the mapping or the catalog cannot be used.
    """
    catalog = load_catalog(catalog_path or shipped_config() / "catalog.yaml")
    loaded = load(path, Mapping)
    if problems := check(loaded, catalog):
        raise ConfigError(problems)
    mapping, now = loaded.value, Stamp(wall_ms(), 0, synced=True)
    found = parts(mapping.topic, topic)
    if found is None:
        print(f"{word('refused')}: the topic does not fit {mapping.topic}", file=sys.stderr)
        return 1
    try:
        if mapping.format == "sparkplug":
            read_of = alone.read(mapping, found, Message(topic, payload, retained=False), now, birth)
        else:
            speaking = speakers(mapping, found, PARSERS[mapping.format](payload))
            read_of = {key: read(mapping, found, said, now) for key, said in speaking.items()}
    except RefusedError as error:
        print(f"{word('refused')}: {error}", file=sys.stderr)
        return 1
    console = Console()
    for key, (tables, at) in read_of.items():
        when = word("on_arrival") if at is None else datetime.fromtimestamp(at / 1000, UTC).isoformat()
        console.print(Text(f"{word('sensor_key')}: {key}\n{word('time')}: {when}"))
        for table in tables:
            for part in readable(table, catalog, console.width):
                console.print(part)
    return 0
