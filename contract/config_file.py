"""A YAML file to a typed value, strictly: all that is wrong is reported at once, each with file, line and key."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Model = TypeVar("Model", bound=BaseModel)
Key = tuple[str | int, ...]
MAX_FILE = 64 << 20


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `line` counts from 1; 0 when the file as a whole is meant."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.key}: {self.message}" if self.key else f"{where}: {self.message}"


class ConfigError(Exception):
    """Configuration that cannot be used. A command prints it and exits with 2."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


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
    try:
        if path.stat().st_size > MAX_FILE:
            raise ConfigError([Problem(str(path), 0, "", f"is larger than {MAX_FILE} bytes")])
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(str(path), 0, "", f"cannot be read: {error}")]) from error
    return parse(text, model, str(path))


def parse(text: str, model: type[Model], file: str) -> Loaded[Model]:
    """As `load`, from text; `file` is only named in errors."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ConfigError([Problem(file, mark.line + 1 if mark else 0, "", f"is not YAML: {what}")]) from error
    lines: dict[Key, int] = {}
    problems: list[Problem] = []
    data = {} if node is None else _Reader(file, lines, problems).value(node, ())
    try:
        value = model.model_validate(data)
    except ValidationError as error:
        problems += [
            _problem(file, lines, tuple(e["loc"]), _explain(e, model))
            for e in error.errors(include_url=False, include_context=True)
        ]
        raise ConfigError(problems) from error
    if problems:
        raise ConfigError(problems)
    return Loaded(value, file, lines)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean X?)`, or the known words when none is near and they are few, or nothing."""
    words = sorted(known)
    near = difflib.get_close_matches(word, words, n=1)
    if near:
        return f" (did you mean {near[0]}?)"
    return f" (known: {', '.join(words)})" if 0 < len(words) <= 12 else ""


class _Reader:
    """Plain values out of YAML nodes, noting the line of each key."""

    def __init__(self, file: str, lines: dict[Key, int], problems: list[Problem]) -> None:
        self._file, self._lines, self._problems = file, lines, problems
        self._scalars = yaml.SafeLoader("")
        self._nodes = 0

    def value(self, node: yaml.Node, key: Key) -> object:
        """Return the value of `node`. Aliases are followed, within a bound on the nodes in all."""
        self._nodes += 1
        if len(key) > 32 or self._nodes > 5_000_000:
            raise ConfigError([Problem(self._file, node.start_mark.line + 1, "", "is nested too deeply or too large")])
        self._lines.setdefault(key, node.start_mark.line + 1)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*key, i)) for i, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, key)
        try:
            scalar: object = self._scalars.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            self._say(node, key, f"is no value: {str(error).splitlines()[0]}")
            return None
        return scalar

    def _mapping(self, node: yaml.MappingNode, key: Key) -> dict[str | int, object]:
        out: dict[str | int, object] = {}
        for name_node, value_node in node.value:
            name = self.value(name_node, (*key, "<key>"))
            if not isinstance(name, str | int):
                self._say(name_node, key, "a key is a word or a whole number")
                continue
            if name in out:
                self._say(name_node, (*key, name), f"is given twice (also in line {self._lines[(*key, name)]})")
            self._lines[(*key, name)] = name_node.start_mark.line + 1
            out[name] = self.value(value_node, (*key, name))
        return out

    def _say(self, node: yaml.Node, key: Key, message: str) -> None:
        self._problems.append(Problem(self._file, node.start_mark.line + 1, _text(key), message))


def _problem(file: str, lines: dict[Key, int], key: Key, message: str) -> Problem:
    at = key
    while at and at not in lines:
        at = at[:-1]
    return Problem(file, lines.get(at, 0), _text(key), message)


def _text(key: Sequence[str | int]) -> str:
    return ".".join(str(part) for part in key)


def _explain(error: ErrorDetails, model: type[BaseModel]) -> str:
    if error["type"] == "extra_forbidden":
        owner = _model_at(model, error["loc"][:-1])
        known = list(owner.model_fields) if owner else []
        return "is not a known key" + did_you_mean(str(error["loc"][-1]), known)
    if error["type"] == "missing":
        return "is missing"
    message = error["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    given = error["input"]
    if isinstance(given, str | int | float | bool):
        return f"is {given!r}, expected: {message}"
    return message


def _model_at(model: type[BaseModel], key: Sequence[str | int]) -> type[BaseModel] | None:
    at: object = model
    for part in key:
        owner = _find_model(at)
        if owner and isinstance(part, str) and part in owner.model_fields:
            at = owner.model_fields[part].annotation
    return _find_model(at)


def _find_model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_find_model(part) for part in get_args(annotation))
    return next((owner for owner in found if owner), None)
