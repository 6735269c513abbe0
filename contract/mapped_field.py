"""A field of the catalog as a mapping takes it from a message, and a table of them. One model for every format.

A JSON pointer (RFC 6901) says where the value is: in the JSON, in one line of line protocol, or, in Sparkplug, which
metric it is.
"""

import math
import re
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from contract.catalog import Word

MAX_STEPS = 32

PART = re.compile(r"\{([a-z][a-z0-9_]{0,63})\}")
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)*")

Pointer = tuple[str, ...]


def _pointer(value: object) -> Pointer:
    if not isinstance(value, str) or not _POINTER.fullmatch(value) or value.count("/") > MAX_STEPS:
        raise ValueError(
            f"a JSON pointer such as /battery/v with at most {MAX_STEPS} steps; '' is the message as a whole"
        )
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in value.split("/")[1:])


def _text_source(value: object) -> Pointer | str:
    if isinstance(value, str) and value.startswith("/"):
        return _pointer(value)
    if not isinstance(value, str) or not value or re.search("[{}]", PART.sub("", value)):
        raise ValueError("a text with named parts of the topic such as '{site}', or a JSON pointer such as /id")
    return value


def _plain(value: object) -> object:
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not number and not isinstance(value, str):
        raise ValueError("a number or a text; JSON's true and false are the texts 'true' and 'false'")
    return value


JsonPointer = Annotated[Pointer, BeforeValidator(_pointer)]
TextSource = Annotated[Pointer | str, BeforeValidator(_text_source)]
Plain = Annotated[int | float | str, BeforeValidator(_plain)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
State = Annotated[int, Field(strict=True, ge=-(2**63), lt=2**63)]


def pointer_text(pointer: Pointer) -> str:
    """Return a pointer as it is written (RFC 6901 clause 3)."""
    return "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in pointer)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MappedField(_Strict):
    """A field of the catalog. A gauge is the message's number times `scale` plus `offset`; a state is what `enum` says
    of the message's value. A value in `sentinels` is none. True and false are named as texts."""

    pointer: JsonPointer
    scale: Finite = 1.0
    offset: Finite = 0.0
    enum: dict[int | str, State] = {}
    sentinels: list[Plain] = []

    @cached_property
    def is_number(self) -> bool:
        """Whether any number is one, so that nothing has to be looked up."""
        return not self.enum and not self.sentinels

    @model_validator(mode="after")
    def _one(self) -> "MappedField":
        if self.enum and (self.scale, self.offset) != (1.0, 0.0):
            raise ValueError("either `enum` or `scale` and `offset`")
        return self


class MappedTable(_Strict):
    """One row of a measurement; of line protocol a row for each line whose measurement is `line`."""

    measurement: Word
    line: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    tags: dict[Word, TextSource] = {}
    fields: Annotated[dict[Word, MappedField], Field(min_length=1)]


class MessageTime(_Strict):
    """Where a message says when it was true: a number of `unit` since 1970 UTC, or a text of ISO 8601 with its zone."""

    pointer: JsonPointer
    unit: Literal["s", "ms", "us", "ns", "iso8601"]
