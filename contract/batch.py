"""The batch: the samples of one reading as columns and rows, also of a reading that failed.

The body of a record is this as JSON, zstd-compressed when that is smaller. Rows are lists because pydantic reads such
lists at millions of values a second. There is no agent name in it: the topic says it, where the broker's ACL guards it.
"""

from typing import Annotated, Literal

import zstandard
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from contract.trap_report import TrapReport

MAX_JSON = 8 << 20  # a zip bomb stops here
MAX_LISTS = 250_000  # rows and columns in all: an empty list costs its reader fifty times its two bytes
MAX_ERRORS = 1_000
MAX_WHERE = 100
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"

Kind = Literal["poll", "trap", "sensor", "pm", "ping", "self"]
Outcome = Literal["ok", "partial", "timeout", "auth", "refused", "unreachable", "error"]
Text = Annotated[str, Field(max_length=65535)]  # also refuses lone surrogates, which could not be sent
Value = Annotated[float, Field(allow_inf_nan=False)] | Annotated[int, Field(ge=-(2**63), lt=2**63)] | Text | None
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Millis = Annotated[int, Field(ge=-(2**63), lt=2**63)]
Count = Annotated[int, Field(ge=0, lt=2**63)]
Row = Annotated[list[Value], Field(fail_fast=True)]


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
    tags: Annotated[list[Name], Field(fail_fast=True)] = []
    fields: Annotated[list[Name], Field(fail_fast=True, min_length=1)]
    rows: Annotated[list[Row], Field(fail_fast=True)]
    times: Annotated[list[Millis], Field(fail_fast=True)] | None = None

    @model_validator(mode="after")
    def _shape(self) -> "Table":
        width = len(self.tags) + len(self.fields)
        if len({*self.tags, *self.fields}) != width:
            raise ValueError("a column is named twice")
        if strange := set(map(len, self.rows)) - {width}:
            raise ValueError(f"a row has {min(strange)} values, the table has {width} columns")
        if self.times is not None and len(self.times) != len(self.rows):
            raise ValueError(f"{len(self.times)} times for {len(self.rows)} rows")
        return self


class PollInfo(_Strict):
    """How the reading went; `reason` is for people and names no secret."""

    outcome: Outcome
    took_ms: Count
    requests: Count = 0
    reason: Annotated[str, Field(max_length=500)] = ""


class RefusedMessage(_Strict):
    """A message of a sensor that no mapping could read: it goes, with the reason, to the dead letters. `payload` is its
    beginning, as far as it is text."""

    reason: Annotated[str, Field(max_length=500)]
    topic: Annotated[str, Field(max_length=500)]
    payload: Annotated[str, Field(max_length=4096)] = ""


class Batch(_Strict):
    """One reading. `time`: milliseconds since 1970 UTC, stamped once where it was made; `mono`: the agent's monotonic
    clock, ms; `synced`: whether the host's clock was synchronised; `assignment` names the inventory version that says
    what the device is, so that a batch means the same whenever it is stored."""

    kind: Kind
    device: Annotated[str, Field(max_length=63)] = ""
    time: Millis
    mono: Millis = 0
    synced: bool = False
    assignment: Annotated[str, Field(max_length=80)] = ""
    poll: PollInfo | None = None
    refused: RefusedMessage | None = None
    trap: TrapReport | None = None
    tables: Annotated[list[Table], Field(fail_fast=True)] = []


def compressor() -> zstandard.ZstdCompressor:
    """Return what `encode` compresses with, for whoever encodes many batches: to make it costs as much as to use it. It
    must not be used by two threads at once."""
    return zstandard.ZstdCompressor(level=3)


def encode(batch: Batch, packing: zstandard.ZstdCompressor | None = None) -> bytes:
    """Return the body of a record, compressed with `packing` if one is at hand.

    Raises:
        TooLargeError: it is more than MAX_JSON bytes of JSON, or has more than MAX_LISTS rows.
    """
    text = batch.model_dump_json(exclude_defaults=True).encode()
    if excess := _excess(text):
        raise TooLargeError(excess)
    packed = (packing or compressor()).compress(text)
    return packed if len(packed) < len(text) else text


def decompressor() -> zstandard.ZstdDecompressor:
    """Return what `decode` decompresses with, for whoever decodes many batches; see `compressor`."""
    return zstandard.ZstdDecompressor()


def decode(body: bytes, unpacking: zstandard.ZstdDecompressor | None = None) -> Batch:
    """Return the batch of a record's body, decompressed with `unpacking` if one is at hand.

    Raises:
        MalformedError: with where and why, fit for the dead letter's reason.
    """
    if body.startswith(_ZSTD_MAGIC):
        try:
            if zstandard.frame_content_size(body) > MAX_JSON:
                raise MalformedError(f"it unpacks to more than the limit of {MAX_JSON} bytes")
            body = (unpacking or decompressor()).decompress(body, max_output_size=MAX_JSON, allow_extra_data=False)
        except zstandard.ZstdError as error:
            raise MalformedError(f"zstd: {error}") from error
    if excess := _excess(body):
        raise MalformedError(excess)
    try:
        return Batch.model_validate_json(body)
    except ValidationError as error:
        reason = _reason(error)
    # Raised out here: a chained error would keep all of the body in memory.
    raise MalformedError(reason)


def _excess(text: bytes) -> str:
    if len(text) > MAX_JSON:
        return f"{len(text)} bytes of JSON are over the limit of {MAX_JSON}"
    lists = text.count(b"[")  # also those in strings, which only makes the bound tighter
    return f"{lists} lists are over the limit of {MAX_LISTS}" if lists > MAX_LISTS else ""


def _reason(error: ValidationError) -> str:
    if error.error_count() > MAX_ERRORS:  # listing them would cost a hundred times the body
        return f"{error.error_count()} errors"
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])  # may be a key of the sender's making
    shown = ascii(where[:MAX_WHERE])[1:-1]
    return f"{shown or 'body'}: {first['msg']}"
