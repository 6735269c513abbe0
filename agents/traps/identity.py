"""Our own SNMP engine, to which informs of version 3 are addressed: an id that stays, and how often it has started
(RFC 3414 section 2.2). Kept in a file of the data folder, durable before anybody is told."""

import logging
import secrets
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from contract import durable

log = logging.getLogger(__name__)

NAME = "trap-engine.json"
_NO_ENTERPRISE = bytes.fromhex("8000000005")  # RFC 3411 section 5: no enterprise of ours, octets follow
MAX_BOOTS = 2**31 - 2


class TrapEngine(BaseModel):
    """`id` in hex digits."""

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{10,64}$")]
    boots: Annotated[int, Field(ge=1, le=MAX_BOOTS)]


def start(folder: Path) -> TrapEngine:
    """Return our engine with one start more than before; a new one where there is none, or its file is damaged. Where
    the disk does not take it, it is as good until the end of the process."""
    path = folder / NAME
    try:
        before = TrapEngine.model_validate_json(path.read_bytes())
        engine = TrapEngine(id=before.id, boots=before.boots + 1)
    except FileNotFoundError:
        engine = _new()
    except (OSError, ValidationError) as error:
        log.error("%s cannot be read (%s): a new engine id is made, senders of informs learn it", path, _line(error))
        engine = _new()
    try:
        durable.replace(path, engine.model_dump_json().encode())
    except OSError as error:
        log.error("%s cannot be written (%s): senders of informs must find out again who we are", path, _line(error))
    return engine


def _new() -> TrapEngine:
    return TrapEngine(id=(_NO_ENTERPRISE + secrets.token_bytes(8)).hex(), boots=1)


def _line(error: Exception) -> str:
    return str(error).splitlines()[0]
