"""The batch: the samples of one reading as columns and rows, also of a reading that failed.

The body of a record is this as JSON, zstd-compressed when that is smaller. Rows are lists because pydantic reads such
lists at millions of values a second. There is no agent name in it: the topic says it, where the broker's ACL guards it.
"""

from typing import Annotated, Literal

import zstandard
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

MAX_JSON = 8 << 20  # a zip bomb stops here
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"

Kind = Literal["poll", "trap", "sensor", "pm", "ping", "self"]
Outcome = Literal["ok", "partial", "timeout", "auth", "refused", "unreachable", "error"]
Value = Annotated[float, Field(allow_inf_nan=False)] | Annotated[int, Field(ge=-(2**63), lt=2**63)] | str | None
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class MalformedError(ValueError):
    """A whole record whose body cannot be read: it goes to the dead letters with this reason, and is acknowledged."""


class TooLargeError(ValueError):
    """A batch that no collector would unpack: its sender sends it in parts."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Table(_Strict):
    """Rows of one measurement: first the values of `tags` (strings), then those of `fields`; None is no value.

    With `times`, each row has a time of its own in whole milliseconds, else the batch's.
    """

    measurement: Name
    tags: list[Name] = []
    fields: list[Name]
    rows: list[list[Value]]
    times: list[int] | None = None

    @model_validator(mode="after")
    def _shape(self) -> "Table":
        width = len(self.tags) + len(self.fields)
        if len({*self.tags, *self.fields}) != width:
            raise ValueError("a column is named twice")
        for row in self.rows:
            if len(row) != width:
                raise ValueError(f"a row has {len(row)} values, the table has {width} columns")
        if self.times is not None and len(self.times) != len(self.rows):
            raise ValueError(f"{len(self.times)} times for {len(self.rows)} rows")
        return self


class PollInfo(_Strict):
    """How the reading went; `reason` is for people and names no secret."""

    outcome: Outcome
    took_ms: Annotated[int, Field(ge=0)]
    requests: Annotated[int, Field(ge=0)] = 0
    reason: Annotated[str, Field(max_length=500)] = ""


class Batch(_Strict):
    """One reading. `time`: milliseconds since 1970 UTC, stamped once where it was made; `mono`: the agent's monotonic
    clock, ms; `synced`: whether the host's clock was synchronised; `assignment` names the inventory version that says
    what the device is, so that a batch means the same whenever it is stored."""

    kind: Kind
    device: Annotated[str, Field(max_length=63)] = ""
    time: int
    mono: int = 0
    synced: bool = False
    assignment: Annotated[str, Field(max_length=80)] = ""
    poll: PollInfo | None = None
    tables: list[Table] = []


def encode(batch: Batch) -> bytes:
    """Return the body of a record.

    Raises:
        TooLargeError: it is more than MAX_JSON bytes of JSON.
    """
    text = batch.model_dump_json(exclude_defaults=True).encode()
    if len(text) > MAX_JSON:
        raise TooLargeError(f"{len(text)} bytes of JSON are over the limit of {MAX_JSON}")
    packed = zstandard.ZstdCompressor(level=3).compress(text)
    return packed if len(packed) < len(text) else text


def decode(body: bytes) -> Batch:
    """Return the batch of a record's body.

    Raises:
        MalformedError: with where and why, fit for the dead letter's reason.
    """
    if body.startswith(_ZSTD_MAGIC):
        try:
            if zstandard.frame_content_size(body) > MAX_JSON:
                raise MalformedError(f"it unpacks to more than the limit of {MAX_JSON} bytes")
            body = zstandard.ZstdDecompressor().decompress(body, max_output_size=MAX_JSON)
        except zstandard.ZstdError as error:
            raise MalformedError(f"zstd: {error}") from error
    if len(body) > MAX_JSON:
        raise MalformedError(f"{len(body)} bytes of JSON are over the limit of {MAX_JSON}")
    try:
        return Batch.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise MalformedError(f"{where or 'body'}: {first['msg']}") from error
