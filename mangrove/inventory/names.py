"""Which list of an inventory a table has, and which key each of its columns is, by what its first row says. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from contract.config_file import ConfigError, Problem, did_you_mean
from contract.inventory_folder import TABLES, columns
from mangrove.area_match import bare

_SHOWN = 40


def spelled(words: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """Return by key of the inventory how it may be written: as itself, and as people say it, without accents and
    case."""
    return {name: {_flat(text) for text in (name, *texts)} for name, texts in words.items()}


def columns_of(
    names: Sequence[str], known: Mapping[str, set[str]], file: str, line: int, named: str | None
) -> tuple[str, list[str]]:
    """Return the list that is meant, and the key of each column. `named` is the list where somebody has said it.

    Raises:
        ConfigError: a column is not known, is there twice or has no name, or it could be more than one list.
    """
    table = named or _table(names, known, file, line)
    model = columns(TABLES[table])
    keys: list[str] = []
    problems: list[Problem] = []
    for number, name in enumerate(names, 1):
        key = _key(name, model, known)
        if not name:
            problems.append(Problem(file, line, "", f"column {number} has no name"))
        elif key is None:
            spellings = {text for one in model for text in known.get(one, {one})}
            hint = did_you_mean(_flat(name[:_SHOWN]), spellings) or did_you_mean(name[:_SHOWN], model)
            problems.append(Problem(file, line, "", f"{name[:_SHOWN]} is not a column of {table}{hint}"))
        elif key in keys:
            problems.append(Problem(file, line, "", f"column {key} is given twice"))
        keys.append(key or "")
    if "id" not in keys:
        problems.append(Problem(file, line, "", "column id is missing: it tells which entry a row is"))
    if problems:
        raise ConfigError(problems)
    return table, keys


def _table(names: Sequence[str], known: Mapping[str, set[str]], file: str, line: int) -> str:
    """Return the list that has most of the columns, and lacks least of what it needs."""
    scores: dict[str, tuple[int, int]] = {}
    for table, model in TABLES.items():
        of = columns(model)
        keys = {_key(name, of, known) for name in names} - {None}
        needed = {name for name, column in of.items() if column.needed}
        scores[table] = len(keys), -len(needed - keys)
    best = max(scores.values())
    found = [table for table, score in scores.items() if score == best]
    if len(found) == 1 and best[0] > 1:
        return found[0]
    text = "no list has these columns" if best[0] < 2 else f"it could have the {' or the '.join(found)}"
    raise ConfigError([Problem(file, line, "", f"{text}: say which list is meant with --as ({', '.join(TABLES)})")])


def _key(name: str, model: Iterable[str], known: Mapping[str, set[str]]) -> str | None:
    said = _flat(name)
    return next((key for key in model if said in known.get(key, {key})), None)


def _flat(text: str) -> str:
    return bare(text.replace("_", " ").replace("-", " "))
