"""A YAML file to a typed value, strictly: all that is wrong is reported at once, each with file, line and key."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
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
class Loaded(Generic[Model]):
    """A value with the places of its keys, so that checks across files can name the line too."""

    value: Model
    file: str
    lines: dict[Key, int]

    def problem(self, key: Key, message: str) -> Problem:
        """Return a problem at `key` or at the nearest key above it that has a line."""
        return _problem(self.file, self.lines, key, message)


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
    lines: dict[Key, int] = {}
    problems: list[Problem] = []
    try:
        data, found = yaml_tree.read(text, lines)
    except yaml_tree.TreeError as error:
        raise ConfigError([Problem(file, error.line, "", str(error))]) from None
    problems += [Problem(file, line, _text(key), message) for line, key, message in found]
    said = {problem.key for problem in problems}
    try:
        value = model.model_validate(data)
    except ValidationError as error:
        for e in error.errors(include_url=False):
            key = place(e, lines)
            if _text(key) not in said:
                problems.append(_problem(file, lines, key, explain(e, model, did_you_mean)))
    # Raised out here: pydantic's own error would carry what the file says into a traceback.
    if problems:
        raise ConfigError(sorted(problems, key=lambda problem: problem.line))
    return Loaded(value, file, lines)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean X?)`, or the known words when none is near and they are few, or nothing."""
    words = sorted(known)
    near = difflib.get_close_matches(word, words, n=1)
    if near:
        return f" (did you mean {near[0]}?)"
    return f" (known: {', '.join(words)})" if 0 < len(words) <= 12 else ""


def _problem(file: str, lines: dict[Key, int], key: Key, message: str) -> Problem:
    at = key
    while at and at not in lines:
        at = at[:-1]
    return Problem(file, lines.get(at, 0), _text(key), message)


def _text(key: Key) -> str:
    return ".".join(str(part) for part in key)
