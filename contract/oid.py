"""Object identifiers and regular expressions as configuration files write them."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

_OID = re.compile(r"[0-2](\.[0-9]{1,10}){1,127}")
MAX_REPEATS = 3


def _oid(value: object) -> object:
    if isinstance(value, str) and _OID.fullmatch(value):
        numbers = tuple(int(part) for part in value.split("."))
        if max(numbers) < 2**32 and (numbers[0] == 2 or numbers[1] < 40):  # X.690 clause 8.19.4
            return numbers
    raise ValueError("a numeric OID such as 1.3.6.1.2.1.1.3")


def _expression(text: str) -> str:
    """Only what takes at most the third power of a text's length: the texts are a device's, the expression may be the
    broker's."""
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError):
        raise ValueError("a regular expression") from None
    # Each `?`, and each `|` of a group, doubles the ways to read a text.
    choices = len(re.findall(r"[*+{?]", text)) + ("(" in text) * text.count("|")
    if choices > MAX_REPEATS or re.search(r"\)[*+{]", text):
        raise ValueError(
            f"an expression with at most {MAX_REPEATS} repeats and choices (* + {{ ? and | beside groups), and no group"
            " repeated"
        )
    return text


Oid = Annotated[tuple[int, ...], BeforeValidator(_oid)]
Expression = Annotated[str, Field(max_length=200), AfterValidator(_expression)]
