"""The MQTT topics: the only place that knows them. Ids are slugs of the inventory, never strings of a device."""

import re

ROOT = "mangrove/v1"
SLUG = r"[a-z0-9][a-z0-9-]{0,62}"
_SLUG = re.compile(SLUG)

ALL = f"{ROOT}/#"
ALL_BATCHES = f"{ROOT}/batches/+"
ALL_NUMBERS = f"{ROOT}/agents/+/numbers"
ALL_COLLECTORS_ALIVE = f"{ROOT}/collectors/+/alive"


def batches(agent: str) -> str:
    """Agent to collector, QoS 1: records."""
    return f"{ROOT}/batches/{agent}"


def acks(agent: str) -> str:
    """Collector to agent: what is seen and what is stored."""
    return f"{ROOT}/acks/{agent}"


def numbers(agent: str) -> str:
    """Agent to all, retained: the numbered heartbeat."""
    return f"{ROOT}/agents/{agent}/numbers"


def agent_alive(agent: str) -> str:
    """Agent to all, retained, with a will."""
    return f"{ROOT}/agents/{agent}/alive"


def collector_alive(collector: str) -> str:
    """Collector to all, retained, with a will."""
    return f"{ROOT}/collectors/{collector}/alive"


def assignments(agent: str) -> str:
    """Collector to agent, retained: what to poll."""
    return f"{ROOT}/assignments/{agent}"


def owner(topic: str, pattern: str) -> str | None:
    """Return the slug that stands for `+` in `pattern`, or None when the topic is another one or has no proper slug."""
    head, tail = pattern.split("+")
    if not (topic.startswith(head) and topic.endswith(tail) and len(topic) > len(head) + len(tail)):
        return None
    slug = topic[len(head) : len(topic) - len(tail)]
    return slug if _SLUG.fullmatch(slug) else None
