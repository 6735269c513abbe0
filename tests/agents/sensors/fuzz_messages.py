"""A target for atheris: whatever a message is, each format makes batches that can be sent.

python tests/agents/sensors/fuzz_messages.py -max_total_time=60
"""

import sys
from pathlib import Path
from typing import Final

import atheris

with atheris.instrument_imports(include=["agents.sensors"]):
    from agents.host_clock import Stamp
    from agents.sensors.plan import plan
    from agents.sensors.sparkplug.host import is_offline
    from agents.sensors.sparkplug.nodes import Nodes
    from agents.sensors.understand import understand
    from contract.batch import Batch, decode, encode
    from contract.handlers import Message
    from contract.messages import AssignedSensor, Assignment

_SHIPPED: Final = {
    path.stem: path.read_text("utf-8") for path in Path(__file__).parents[3].glob("config/sensors/*.yaml")
}
_SENSORS: Final = [AssignedSensor(id=f"s-{name}", mapping=name, key="a") for name in _SHIPPED]
PLAN: Final = plan(Assignment(version=1, id="1-a", sensors=_SENSORS, mappings=_SHIPPED))
KINDS: Final = ("NBIRTH", "NDATA", "NDEATH", "DBIRTH/d", "DDATA/d", "DDEATH/d")
STAMP: Final = Stamp(1_795_716_000_000, 7, synced=True)


def read(data: bytes) -> None:
    """Give one input to all formats; of nodes it is several messages, parted by four octets that no text has."""
    batches: list[Batch] = []
    for topic in ("site/a/power", "site/a/cabinet", "telegraf/a/environment"):
        batches += understand(PLAN, Message(topic, data, retained=False), STAMP)
    nodes = Nodes()
    nodes.apply(PLAN)
    for number, said in enumerate(data.split(b"\xfe\xfd\xfc\xfb")):
        kind, _, device = KINDS[said[0] % len(KINDS) if said else 0].partition("/")
        topic = f"spBv1.0/g/{kind}/a{f'/{device}' if device else ''}"
        stamp = Stamp(STAMP.time, number * 500, synced=True)
        batches += nodes.hear(Message(topic, said[1:], retained=False), stamp) or []
        batches += nodes.overdue(stamp.mono)
    is_offline(data)
    for batch in batches:
        if decode(encode(batch)) != batch:
            raise ValueError("it does not come back as it went")


def main() -> None:
    """Fuzz as the command line says (libFuzzer's options) until that ends or something crashes."""
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
