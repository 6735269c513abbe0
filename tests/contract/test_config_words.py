"""What is wrong is said in the words of the file, also inside unions, lists and mappings."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contract.config_file import did_you_mean
from contract.config_words import explain, place


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Files(_Strict):
    kind: Literal["files"]
    folder: str = ""


class _Server(_Strict):
    kind: Literal["server"]
    port: int = 0
    buckets: dict[str, str] = {}


class _Entry(_Strict):
    weight: Annotated[float, Field(gt=0)] | None = None


class _Config(_Strict):
    store: Annotated[_Files | _Server, Field(discriminator="kind")]
    entries: dict[str, _Entry] = {}
    several: list[_Entry] = []


LINES = {
    ("store",): 1,
    ("store", "kind"): 2,
    ("store", "port"): 2,
    ("store", "prot"): 3,
    ("entries",): 4,
    ("entries", "weight"): 5,
    ("entries", "weight", "wieght"): 6,
    ("several",): 7,
    ("several", 1): 8,
}


@pytest.mark.parametrize(
    ("given", "key", "words"),
    [
        ({"kind": "servre"}, "store.kind", "is none (did you mean server?)"),
        ({"port": 1}, "store.kind", "is missing"),
        ({"kind": "server", "prot": 1}, "store.prot", "is not a known key (did you mean port?)"),
        ({"kind": "server", "port": "x"}, "store.port", "is 'x', expected: a valid integer"),
        ({"kind": "server", "port": "x" * 100}, "store.port", f"is '{'x' * 59}..., expected: a valid integer"),
        ({"kind": "server", "port": [1]}, "store.port", "expected: a valid integer"),
        ("server", "store", "must be a mapping of keys to values (buckets, folder, kind, port)"),
    ],
)
def test_a_problem_in_a_union_is_placed_and_said_by_its_member(given: object, key: str, words: str) -> None:
    assert _said({"store": given}) == [(key, words)]


def test_an_entry_that_is_named_as_a_key_of_its_model_does_not_mislead() -> None:
    given = {"store": {"kind": "files"}, "entries": {"weight": {"wieght": 1}}}
    assert _said(given) == [("entries.weight.wieght", "is not a known key (did you mean weight?)")]


def test_a_missing_key_is_named() -> None:
    assert _said({}) == [("store", "is missing")]


def test_an_entry_of_a_list_is_placed() -> None:
    assert _said({"store": {"kind": "files"}, "several": [{}, 5]}) == [
        ("several.1", "must be a mapping of keys to values (weight)")
    ]


def _said(given: object) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        _Config.model_validate(given)
    return [
        (".".join(map(str, place(error, LINES))), explain(error, _Config, did_you_mean))
        for error in caught.value.errors()
    ]
