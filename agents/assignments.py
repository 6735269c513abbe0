"""The assignment that an agent works by: newest wins, kept on disk, an empty or older one is ignored."""

import logging
from pathlib import Path

from pydantic import ValidationError

from contract import durable
from contract.messages import Assignment

log = logging.getLogger(__name__)


def is_newer(new: Assignment, current: Assignment | None) -> bool:
    """Whether `new` takes the place of `current`: numbers grow for ever, the digest in the id tells twins apart."""
    if current is None:
        return True
    return new.version > current.version or (new.version == current.version and new.id != current.id)


def parse(payload: bytes) -> Assignment | None:
    """Return the assignment of a payload; None, with a line in the log, when it is not one. Empty means nothing."""
    if not payload:
        return None
    try:
        return Assignment.model_validate_json(payload)
    except ValidationError as error:
        log.error("an assignment was ignored: %s", error.errors(include_input=False)[0]["msg"])
        return None


def read(path: Path) -> Assignment | None:
    """Return the assignment that was kept; None when there is none or it is damaged."""
    try:
        return parse(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        log.error("%s cannot be read: %s; waiting for an assignment from the broker", path, error)
        return None


def keep(path: Path, assignment: Assignment) -> None:
    """Keep an assignment for the next start. A disk that does not take it costs only that."""
    try:
        durable.replace(path, assignment.to_json())
    except OSError as error:
        log.error("%s cannot be written: %s; after a restart the broker must say it again", path, error)
