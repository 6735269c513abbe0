"""A folder of YAML files of one kind, each named by its file: typed, and as texts for assignments."""

from collections.abc import Callable, Mapping
from pathlib import Path

from contract.config_file import ConfigError, Loaded, Model, Problem, parse, read_text

MAX_TEXT = 1 << 20  # of all texts of a kind in an assignment: seconds of YAML


def load_folder(
    folder: Path, model: type[Model], check: Callable[[Loaded[Model]], list[Problem]], what: str
) -> tuple[dict[str, Model], dict[str, str]]:
    """Read every file of a folder and hold each to `check`; `what` names one of them.

    Raises:
        ConfigError: with every problem of every file.
    """
    values: dict[str, Model] = {}
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            text = read_text(path)
            loaded = parse(text, model, str(path))
        except ConfigError as error:
            problems += error.problems
            continue
        problems += check(loaded)
        values[path.stem] = loaded.value
        texts[path.stem] = text
    if not values and not problems:
        problems.append(Problem(str(folder), 0, "", f"has no {what} (*.yaml)"))
    if excess := _excess(texts):
        problems.append(Problem(str(folder), 0, "", f"{excess}: no agent would take them"))
    if problems:
        raise ConfigError(problems)
    return values, texts


def parse_texts(texts: Mapping[str, str], model: type[Model], what: str) -> dict[str, Model]:
    """Return the values of an assignment's texts.

    Raises:
        ConfigError: a text is not one of them, or they are more than an agent reads at once.
    """
    if excess := _excess(texts):
        raise ConfigError([Problem(f"{what}s of the assignment", 0, "", excess)])
    return {name: parse(text, model, f"{what} {name}").value for name, text in texts.items()}


def _excess(texts: Mapping[str, str]) -> str:
    size = sum(map(len, texts.values()))
    return f"are {size} characters in all, over the limit of {MAX_TEXT}" if size > MAX_TEXT else ""
