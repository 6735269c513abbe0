"""A YAML file to a typed value, strictly: all that is wrong is reported at once, each with file, line and key."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from contract import yaml_tree
from contract.config_words import explain, place
from contract.printable import printable

Model = TypeVar("Model", bound=BaseModel)
Key = tuple[str | int, ...]
MAX_FILE = 64 << 20
MAX_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `line` counts from 1; 0 when the file as a whole is meant."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        said = f"{where}: {self.key}: {self.message}" if self.key else f"{where}: {self.message}"
        # Keys and values come from the file, which may come from the broker: no line or escape of theirs in a log.
        return printable(said)


class ConfigError(Exception):
    """Configuration that cannot be used. A command prints it and exits with 2."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        shown = [str(problem) for problem in self.problems[:MAX_SHOWN]]
        if len(self.problems) > MAX_SHOWN:
            shown.append(f"and {len(self.problems) - MAX_SHOWN} more problems")
        super().__init__("\n".join(shown))


@dataclass(frozen=True, slots=True)
class Places:
    """Where keys are: their lines in `file`, or in the file of its own that a first key has: a table, whose rows it
    numbers. `rows` are those that come from yet another file."""

    file: str
    lines: dict[Key, int]
    tables: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[Key, str] = field(default_factory=dict)

    def problem(self, key: Key, message: str) -> Problem:
        """Return a problem at `key` or at the nearest key above it that has a line."""
        at = key
        while at and at not in self.lines:
            at = at[:-1]
        table = (self.rows.get(key[:2]) or self.tables.get(str(key[0]))) if key else None
        return Problem(table or self.file, self.lines.get(at, 0), _text(key[2:] if table else key), message)

    def where(self, key: Key) -> str:
        """Return where a key is, as one says it in a sentence."""
        problem = self.problem(key, "")
        return f"{Path(problem.file).name}, line {problem.line}" if self.tables else f"line {problem.line}"


@dataclass(frozen=True, slots=True)
class Loaded(Generic[Model]):
    """A value with the places of its keys, so that checks across files can name the line too."""

    value: Model
    places: Places

    def problem(self, key: Key, message: str) -> Problem:
        """Return a problem at `key` or at the nearest key above it that has a line."""
        return self.places.problem(key, message)


def load(path: Path, model: type[Model]) -> Loaded[Model]:
    """Read one file.

    Raises:
        ConfigError: with every problem of the file.
    """
    return parse(read_text(path), model, str(path))


def read_text(path: Path) -> str:
    """Return the text of a file of configuration.

    Raises:
        ConfigError: it cannot be read, is too large, or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise ConfigError([Problem(str(path), 0, "", f"cannot be read: {error.strerror or error}")]) from error
    if len(data) > MAX_FILE:
        raise ConfigError([Problem(str(path), 0, "", f"is larger than {MAX_FILE} bytes")])
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        bad = error.start
    # Raised out here: a chained error would carry the whole file into a traceback.
    line = data.count(b"\n", 0, bad) + 1
    raise ConfigError([Problem(str(path), line, "", "is not UTF-8 text here: save the file as UTF-8")])


def parse(text: str, model: type[Model], file: str) -> Loaded[Model]:
    """As `load`, from text; `file` is only named in errors. What the text says is echoed only where a plain value has
    the wrong form, never where a secret may stand."""
    places = Places(file, {})
    try:
        data, found = yaml_tree.read(text, places.lines)
    except yaml_tree.TreeError as error:
        raise ConfigError([Problem(file, error.line, "", str(error))]) from None
    return typed(data, model, places, [Problem(file, line, _text(key), message) for line, key, message in found])


def typed(data: object, model: type[Model], places: Places, problems: Iterable[Problem] = ()) -> Loaded[Model]:
    """Return the typed value of plain ones; `problems` are those that are known already, which are not said twice.

    Raises:
        ConfigError: with every problem.
    """
    out = list(problems)
    said = {(problem.file, problem.line, problem.key) for problem in out}
    try:
        value = model.model_validate(data)
    except ValidationError as error:
        for e in error.errors(include_url=False):
            if e["loc"] and e["loc"][0] in places.tables:
                places.lines.setdefault(e["loc"][:3], places.lines.get(e["loc"][:2], 0))
            problem = places.problem(place(e, places.lines), explain(e, model, did_you_mean))
            if (problem.file, problem.line, problem.key) not in said:
                out.append(problem)
    # Raised out here: pydantic's own error would carry what the file says into a traceback.
    if out:
        raise ConfigError(sorted(out, key=lambda problem: (problem.file, problem.line)))
    return Loaded(value, places)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean X?)`, or the known words when none is near and they are few, or nothing."""
    words = sorted(known)
    near = difflib.get_close_matches(word, words, n=1)
    if near:
        return f" (did you mean {near[0]}?)"
    return f" (known: {', '.join(words)})" if 0 < len(words) <= 12 else ""


def _text(key: Key) -> str:
    return ".".join(str(part) for part in key)
