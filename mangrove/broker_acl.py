"""mosquitto's ACL from the template `config/mosquitto/acl`: a block for each user who has rights, and nothing else."""

import re
from collections.abc import Iterable
from functools import lru_cache

from contract.topics import SLUG
from mangrove.shipped import shipped_config

_MARK = "{id}"
_USER = re.compile(r"^user (\S+)$", re.MULTILINE)
_SLUG = re.compile(SLUG)


def is_agent(user: str) -> bool:
    """Whether a name can be an agent's: a slug that no other kind of user has."""
    return bool(_SLUG.fullmatch(user)) and _best(user) == _MARK


def is_service(user: str) -> bool:
    """Whether a name is that of another user: a collector, one who looks, sensors, the health check."""
    if not _SLUG.fullmatch(user) or (pattern := _best(user)) == _MARK:
        return False
    return bool(_SLUG.fullmatch(_id(user, pattern) or user))


def acl(users: Iterable[str]) -> str:
    """Return the file for these users, each an agent's or a service's."""
    blocks = _blocks()
    text = "# Written by `mangrove enroll` and `mangrove revoke`: what you change here is lost.\n"
    for user in sorted(users):
        pattern = _best(user)
        text += "\n" + blocks[pattern].replace(_MARK, _id(user, pattern))
    return text


@lru_cache(maxsize=1)
def _blocks() -> dict[str, str]:
    """Pattern of the user's name, and the lines from there on."""
    template = (shipped_config() / "mosquitto" / "acl").read_text(encoding="utf-8")
    found = [(_USER.search(block), block) for block in template.split("\n\n")]
    return {user[1]: block[user.start() :].rstrip("\n") + "\n" for user, block in found if user}


def _best(user: str) -> str:
    return max((one for one in _blocks() if user == one or _id(user, one)), key=lambda one: (one == user, len(one)))


def _id(user: str, pattern: str) -> str:
    """Return what stands for the mark; empty when nothing does."""
    head, mark, _ = pattern.partition(_MARK)
    return user[len(head) :] if mark and user.startswith(head) else ""
