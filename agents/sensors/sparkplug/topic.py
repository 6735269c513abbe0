"""The topics of Sparkplug (Sparkplug 3.0 clause 4)."""

from dataclasses import dataclass
from typing import Literal, get_args

from contract.mapping import SPARKPLUG

Kind = Literal["NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH"]
COMMANDS = ("NCMD", "DCMD", "STATE")  # of hosts
KINDS: frozenset[str] = frozenset(get_args(Kind))

MAX_LEVEL = 200
_NOT_OF_NAMES = frozenset("/+#")

Node = tuple[str, str]  # group and edge node


@dataclass(frozen=True, slots=True)
class Topic:
    """Whose message it is; of a node itself `device` is empty."""

    node: Node
    kind: Kind
    device: str = ""

    def text(self) -> str:
        """Return it as it is written."""
        device = f"/{self.device}" if self.device else ""
        return f"{SPARKPLUG}/{self.node[0]}/{self.kind}/{self.node[1]}{device}"


def is_sparkplug(topic: str) -> bool:
    """Whether it is in the namespace of Sparkplug."""
    return topic.startswith(f"{SPARKPLUG}/")


def is_of_hosts(topic: str) -> bool:
    """Whether it is a command or the state of a host."""
    return topic.split("/", 3)[2] in COMMANDS or topic.startswith(f"{SPARKPLUG}/STATE/")


def parse(topic: str) -> Topic | None:
    """Return what a topic says; None when no node says such a thing."""
    _, *levels = topic.split("/")
    if not 3 <= len(levels) <= 4 or levels[1] not in KINDS:
        return None
    if not all(map(is_level, levels)):
        return None
    if (len(levels) == 4) != levels[1].startswith("D"):
        return None
    return Topic((levels[0], levels[2]), levels[1], levels[3] if len(levels) == 4 else "")  # type: ignore[arg-type]


def is_level(text: str) -> bool:
    """Whether it can be the name of a group, node or device."""
    return 0 < len(text) <= MAX_LEVEL and text.isprintable() and _NOT_OF_NAMES.isdisjoint(text)


def rebirth(node: Node) -> str:
    """Return the topic by which a node is asked for its births."""
    return f"{SPARKPLUG}/{node[0]}/NCMD/{node[1]}"


def state(host: str) -> str:
    """Return the topic on which a host says whether it is there."""
    return f"{SPARKPLUG}/STATE/{host}"
