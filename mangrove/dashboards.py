"""`mangrove dashboards`: build, check, push and verify Grafana's dashboards."""

import json
import re
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import get_args

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table
from rich.text import Text

from contract.catalog import load_catalog
from contract.secret import SecretSource
from contract.words import Language
from dashboards.asking import AskError, Database
from dashboards.build import Built, build
from dashboards.push import Grafana, PushError
from dashboards.verify import Verdict, verify
from mangrove.readable import plain
from mangrove.shipped import shipped_config
from mangrove.words import language as my_language
from mangrove.words import word, words

ANSWER_WITHIN_S = 30.0
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_STYLES = {"ok": "green", "empty": "magenta", "slow": "yellow", "wrong": "red"}


def build_files(to: Path | None) -> int:
    """Write the files below `to`, or below our own folder; return 0, or 2 when they cannot be written."""
    for built in _build():
        path = _folder(to) / built.path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(built.text, encoding="utf-8")
        except OSError as error:
            print(f"{path} cannot be written: {error.strerror or error}", file=sys.stderr)
            return 2
        print(path)
    return 0


def check_files(folder: Path | None) -> int:
    """Print which files are not what the code makes, are missing, or too many; return 1 when there are any."""
    root = _folder(folder)
    wanted = {built.path: built.text for built in _build()}
    there = {path.relative_to(root).as_posix() for path in root.glob("dashboards/**/*.json")}
    differ = [path for path in wanted if path not in there or (root / path).read_bytes() != wanted[path].encode()]
    for path in sorted({*differ, *(there - wanted.keys())}):
        print(f"{root / path}: {word('dashboard_differs')}", file=sys.stderr)
    if not differ and there == wanted.keys():
        print(word("dashboards_as_built"))
        return 0
    return 1


def push(url: str, token_file: Path, ca_file: Path | None, *, dry: bool) -> int:
    """Print each change as it is made; return 1 when Grafana refuses or cannot be reached.

    Raises:
        SecretError: the token cannot be had.
    """
    token = SecretSource(file=token_file).read()
    try:
        for change in Grafana(url, token, ca_file).push(_build(), dry=dry):
            print(f"{word(f'dashboard_{change.what}')}: {change.kind} {change.uid} ({change.title})")
    except PushError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def verify_panels(
    store: str, range_text: str, language: str, slow_s: float, token_file: Path | None, *, as_json: bool
) -> int:
    """Print a verdict for each panel; return 1 when any is not ok, 2 when it was asked wrongly.

    Raises:
        SecretError: the token cannot be had.
    """
    match = re.fullmatch(r"([1-9][0-9]{0,4})([smhd])", range_text)
    chosen = language or my_language()
    if match is None or chosen not in get_args(Language):
        print("--range is e.g. 15m, 6h or 2d; --language is vi or en", file=sys.stderr)
        return 2
    token: SecretStr | None = SecretSource(file=token_file).read() if token_file else None
    try:
        database = Database(store, token, ANSWER_WITHIN_S)
    except AskError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        database.ask("SELECT last(communes) FROM headline")
    except AskError as error:  # once, and not for every panel
        print(error, file=sys.stderr)
        return 1
    now_ms = time.time_ns() // 1_000_000
    range_s = int(match[1]) * _SECONDS[match[2]]
    verdicts = [
        verdict
        for built in _build()
        if built.language == chosen
        for verdict in verify(built.board, database.ask, now_ms, range_s, slow_s)
    ]
    database.close()
    _print(verdicts, as_json=as_json)
    return 0 if all(verdict.result == "ok" for verdict in verdicts) else 1


def _print(verdicts: Iterable[Verdict], *, as_json: bool) -> None:
    if as_json:
        for verdict in verdicts:
            print(json.dumps(asdict(verdict), ensure_ascii=False))
        return
    table = Table(word("dashboard"), word("panel"), word("result"), "ms", word("rows"), word("reason"))
    for verdict in verdicts:
        result = Text(word(f"panel_{verdict.result}"), style=_STYLES[verdict.result])
        table.add_row(verdict.board, verdict.panel, result, str(verdict.ms), str(verdict.rows), plain(verdict.why))
    Console().print(table)


def _build() -> list[Built]:
    return build(words(), load_catalog(shipped_config() / "catalog.yaml"))


def _folder(folder: Path | None) -> Path:
    return folder or shipped_config() / "grafana"
