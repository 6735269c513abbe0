"""What pydantic says of a value, in words for the person who wrote the file. Never repeats what may be a secret."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeGuard, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from contract.secret import SecretSource

Key = tuple[str | int, ...]
MAX_ECHO = 60
_MISSING = ("missing", "union_tag_not_found")
_TAGGED = ("union_tag_invalid", "union_tag_not_found")
_COMMA = re.compile(r"-?\d+,\d+")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_QUOTED = re.compile("'([^']*)'")
_NO_MAPPING = ("model_type", "model_attributes_type", "dict_type")


def place(error: ErrorDetails, lines: Mapping[Key, int]) -> Key:
    """Return the key of a problem as it stands in the file: pydantic also names the branches of unions."""
    loc = error["loc"] + _tag(error)
    missing = loc[-1:] if error["type"] in _MISSING else ()
    key: Key = ()
    for part in loc[: len(loc) - len(missing)]:
        if (*key, part) in lines:
            key = (*key, part)
    return key + missing


def explain(error: ErrorDetails, model: type[BaseModel], did_you_mean: Callable[[str, Iterable[str]], str]) -> str:
    """Return what is wrong and what was expected."""
    owners = _walk(model, error["loc"][:-1])
    if error["type"] == "extra_forbidden":
        known = {name for owner in owners if _is_model(owner) for name in owner.model_fields}
        return "is not a known key" + did_you_mean(str(error["loc"][-1])[:MAX_ECHO], known)
    if error["type"] in _MISSING:
        return "is missing"
    if error["type"] == "union_tag_invalid":
        return "is none" + did_you_mean(error["ctx"]["tag"][:MAX_ECHO], _QUOTED.findall(error["ctx"]["expected_tags"]))
    if error["type"] in _NO_MAPPING:
        return "must be a mapping of keys to values" + _keys_of(_walk(model, error["loc"]))
    message = error["msg"].removeprefix("Value error, ").removeprefix("Input should be ").split(", unable to parse")[0]
    given = error["input"]
    address = isinstance(given, str) and "://" in given  # a URL may hold a password, wherever it was written by mistake
    if address or SecretSource in owners or not isinstance(given, str | int | float | bool):
        return message if error["type"] == "value_error" else f"expected: {message}"
    shown = repr(given)
    return f"is {shown[:MAX_ECHO] + '...' if len(shown) > MAX_ECHO else shown}, expected: {message}{_hint(error)}"


def _hint(error: ErrorDetails) -> str:
    """Return how to write what spreadsheets of this country write otherwise."""
    given = str(error["input"])
    if error["type"] == "float_parsing" and _COMMA.fullmatch(given):
        return f" (write {given.replace(',', '.')})"
    if error["type"].startswith("date_") and (day := _DAY_FIRST.fullmatch(given)):
        return f" (write {day[3]}-{day[2]:0>2}-{day[1]:0>2})"
    return ""


def _tag(error: ErrorDetails) -> Key:
    """Return the key that says which member of a union is meant, where it is what is wrong."""
    return (error["ctx"]["discriminator"].strip("'"),) if error["type"] in _TAGGED else ()


def _keys_of(types: list[type]) -> str:
    names = sorted({name for one in types if _is_model(one) for name in one.model_fields})
    return f" ({', '.join(names)})" if 0 < len(names) <= 20 else ""


def _walk(model: type[BaseModel], loc: Key) -> list[type]:
    """Return the types that may stand at a place, unions taken apart."""
    at: list[type] = [model]
    for part in loc:
        below: list[type] = []
        for one in at:
            if _is_model(one) and part in one.model_fields:
                below += _apart(one.model_fields[str(part)].annotation)
            elif get_origin(one) in (dict, list, tuple):
                below += _apart(get_args(one)[-1])
        # A part that is no key names a branch: of a discriminated union its tag, else a type.
        tagged = [one for one in at if _is_model(one) and any(part in _tags(one, name) for name in one.model_fields)]
        at = below or tagged or at
    return at


def _tags(model: type[BaseModel], name: str) -> tuple[object, ...]:
    return get_args(model.model_fields[name].annotation)


def _apart(annotation: object) -> list[type]:
    """Return the members of a union, without `Annotated`."""
    if isinstance(annotation, type) or get_origin(annotation) in (dict, list, tuple):
        return [annotation]  # type: ignore[list-item]  # a generic alias stands for its type here
    return [one for part in get_args(annotation) for one in _apart(part)]


def _is_model(one: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(one, type) and issubclass(one, BaseModel)
