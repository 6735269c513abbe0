"""`mangrove dead-letter`: what could not be stored, read from the folder; replay asks the running collector."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from collector.config import SOCKET, load_collector_config
from collector.dead_letter import Letter, read_letters
from contract.batch import MalformedError, decode
from contract.control import ControlError, ask
from contract.printable import printable
from mangrove.readable import plain
from mangrove.words import word

SHOWN_BYTES = 400


def _letters(config: Path) -> list[Letter]:
    return read_letters(_folder(config))


def _folder(config: Path) -> Path:
    return load_collector_config(config)[0].data / "dead-letters"


def list_letters(config: Path) -> None:
    """Print a line for each dead letter, oldest first."""
    letters = _letters(config)
    console = Console()
    if not letters:
        console.print(word("no_letters"))
        return
    for letter in letters:  # not a table: an id that is cut cannot be used
        time = datetime.fromtimestamp(letter.time / 1000, UTC).isoformat(timespec="seconds")
        console.print(plain(f"{time} {letter.id}"), soft_wrap=True)
        console.print(plain(f"    {letter.reason}", style="dim"), soft_wrap=True)


def show_letter(config: Path, letter_id: str) -> int:
    """Print one letter; 1 when there is none of that id."""
    for letter in _letters(config):
        if letter.id == letter_id:
            print(f"{word('reason')}: {printable(letter.reason)}")
            try:
                lines = decode(letter.record.body).model_dump_json(indent=2).split("\n")
                print("\n".join(map(printable, lines)))
            except MalformedError:
                print(repr(letter.record.body[:SHOWN_BYTES]))
            return 0
    print(f"there is no dead letter {letter_id}: see `mangrove dead-letter list`", file=sys.stderr)
    return 1


def replay(config: Path, ids: list[str]) -> int:
    """Give letters to the collector again; 1 when any of them was not accepted."""
    try:
        results = ask(load_collector_config(config)[0].data / SOCKET, "replay", ids=ids)
    except ControlError as error:
        print(error, file=sys.stderr)
        return 1
    said = results if isinstance(results, dict) else {}
    for letter_id in ids:
        print(f"{letter_id}: {said.get(letter_id, 'there is no such dead letter, see `mangrove dead-letter list`')}")
    if all(said.get(letter_id) == "accepted" for letter_id in ids):
        return 0
    if any(letter_id in said and said[letter_id] != "accepted" for letter_id in ids):
        print(word("stays_a_letter", folder=_folder(config)), file=sys.stderr)
    return 1
