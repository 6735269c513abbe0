"""Files of configuration: everything that is wrong at once, each with file, line, key and what was expected."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from contract import config_file
from contract.config_file import MAX_SHOWN, ConfigError, Problem, did_you_mean, load, parse, read_text


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    count: int = Field(default=1, ge=1)


class _Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")

    parts: list[_Part] = []
    title: str = ""


WRONG = """\
titel: x
parts:
  - {name: a, count: 0}
  - count: many
  - {name: b, name: c}
  - {name: 1:99, cuont: 1}
"""


def test_everything_wrong_with_a_file_is_said_at_once_with_file_line_and_key(tmp_path: Path) -> None:
    path = tmp_path / "whole.yaml"
    path.write_text(WRONG)
    with pytest.raises(ConfigError) as caught:
        load(path, _Whole)
    assert str(caught.value).splitlines() == [
        f"{path}:1: titel: is not a known key (did you mean title?)",
        f"{path}:3: parts.0.count: is 0, expected: greater than or equal to 1",
        f"{path}:4: parts.1.name: is missing",
        f"{path}:4: parts.1.count: is 'many', expected: a valid integer",
        f"{path}:5: parts.2.name: is given twice (also in line 5)",
        f"{path}:6: parts.3.cuont: is not a known key (did you mean count?)",
    ]


def test_a_good_file_is_loaded_with_the_lines_of_its_keys(tmp_path: Path) -> None:
    path = tmp_path / "whole.yaml"
    path.write_text("title: Cà Mau\nparts:\n  - name: a\n  - name: b\n")
    loaded = load(path, _Whole)
    assert loaded.value.title == "Cà Mau"
    assert str(loaded.problem(("parts", 1, "name"), "is odd")) == f"{path}:4: parts.1.name: is odd"
    assert loaded.problem(("parts", 1, "nowhere"), "is odd").line == 4


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_a_value_or_a_config_error(text: str) -> None:
    try:
        parse(text, _Whole, "f")
    except ConfigError as error:
        said = error
        assert said.problems


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"a: 1\nb: \xff\n", "2: is not UTF-8"),
        (b"- 1", "1: must be a mapping of keys to values"),
        (b"a: [1\n", "is not YAML"),
    ],
)
def test_a_file_that_cannot_be_used_at_all_is_said_with_its_line(tmp_path: Path, data: bytes, why: str) -> None:
    path = tmp_path / "whole.yaml"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=why):
        load(path, _Whole)


def test_a_file_that_is_missing_or_too_large_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: cannot be read: No such file"):
        read_text(tmp_path / "nowhere.yaml")
    monkeypatch.setattr(config_file, "MAX_FILE", 1000)
    with pytest.raises(ConfigError, match="is larger than"):
        read_text(Path("/dev/zero"))


def test_nothing_in_a_file_can_forge_a_line_or_an_escape_of_the_log() -> None:
    with pytest.raises(ConfigError) as caught:
        parse('"a\\nCRITICAL: \\e[2Jall is lost": 1', _Whole, "f")
    assert len(str(caught.value).splitlines()) == 1
    assert str(caught.value).isprintable()


def test_thousands_of_problems_are_kept_and_the_first_are_printed() -> None:
    error = ConfigError(Problem("f", n, "", "is odd") for n in range(5000))
    assert len(error.problems) == 5000
    assert len(str(error).splitlines()) == MAX_SHOWN + 1
    assert str(error).endswith("and 4900 more problems")


def test_a_near_word_is_suggested_else_a_few_known_ones_are_named() -> None:
    assert did_you_mean("prot", ["port", "host"]) == " (did you mean port?)"
    assert did_you_mean("zzz", ["port", "host"]) == " (known: host, port)"
    assert did_you_mean("zzz", map(str, range(100))) == ""
    assert did_you_mean("zzz", []) == ""
