"""What `agent.yaml` says of performance files."""

import re
from datetime import timedelta, timezone
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_OFFSET = re.compile(r"([+-])(0\d|1[0-4]):([0-5]\d)")


def _zone(value: object) -> object:
    if value is None or isinstance(value, timezone):
        return value
    found = _OFFSET.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('an offset from UTC in quotes such as "+07:00"')
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(-offset if found[1] == "-" else offset)


class PmConfig(BaseModel):
    """The drop folder of an OSS. `names`: patterns of file names. A file is read once it has stood still for `settle_s`
    and refused when it is not whole `refuse_s` after that. Read ones go to `done/` of the folder, refused ones to
    `refused/`, of which `done_files` and `done_days` are kept; without `move` they stay where they are. `utc_offset` is
    that of times that do not say theirs; with `period_s` only periods of that length are read."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    folder: Path
    names: Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(min_length=1)] = [
        "*.xml",
        "*.xml.gz",
    ]
    every_s: Annotated[float, Field(ge=0.1, le=3600)] = 10
    settle_s: Annotated[float, Field(ge=0, le=3600)] = 10
    refuse_s: Annotated[float, Field(ge=0, le=86_400)] = 600
    move: bool = True
    done_files: Annotated[int, Field(ge=0)] = 1000
    done_days: Annotated[float, Field(ge=0)] = 7
    largest_mib: Annotated[float, Field(gt=0, le=4096)] = 256
    utc_offset: Annotated[timezone | None, BeforeValidator(_zone)] = None
    period_s: Annotated[int, Field(ge=1, le=86_400)] | None = None
