"""`mangrove record`: a device's walk as a file that may be given away."""

import sys
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from agents.snmp.oids import Oid, oid, text
from agents.snmp.transport import Transport
from contract.printable import printable
from mangrove.asking import Asking
from mangrove.login import wrong
from mangrove.record import snmprec
from mangrove.record.mask import mask
from mangrove.record.walk import EVERYTHING, Walked, walk
from mangrove.words import word

_SHOWN_OID = 40


async def record(asking: Asking, output: Path | None, start: str, *, keep_names: bool) -> int:
    """Walk the device and write its masked walk; return 0, or 1 when not all of it came.

    Raises:
        ConfigError: an option cannot be used.
    """
    try:
        roots = (oid(start),) if start else EVERYTHING
    except ValueError as error:
        raise wrong("--from", str(error)) from None
    if output and not output.parent.is_dir():
        raise wrong("--output", f"there is no folder {output.parent}")
    transport = Transport()
    try:
        walked = await _walk(asking, transport, roots)
    finally:
        transport.close()
    if walked.varbinds:
        kept, counts = mask(walked.varbinds, asking.login.secrets(), keep_names=keep_names)
        data = snmprec.write(kept, comment(datetime.now(UTC), len(kept), counts, complete=not walked.error))
        try:
            _write(data, output)
        except OSError as error:
            print(f"{output}: {error.strerror or error}", file=sys.stderr)
            return 1
        print(word("recorded", count=len(kept), masked=_masked(counts)), file=sys.stderr)
        print(word("record_look", file=output or "-"), file=sys.stderr)
    if walked.error:
        print(f"{word('record_incomplete')}: {printable(walked.error)}", file=sys.stderr)
    return 1 if walked.error or not walked.varbinds else 0


def comment(at: datetime, count: int, counts: Counter[str], *, complete: bool) -> str:
    """Return the first line of a recording. English, as it is for whoever gets the file."""
    masked = ", ".join(f"{number} {what}" for what, number in sorted(counts.items()) if number) or "nothing"
    state = "" if complete else ", incomplete"
    version_ = version("mangrove-telemetry")
    return f"Mangrove {version_}, {at:%Y-%m-%dT%H:%M:%SZ}, {count} objects{state}; masked: {masked}"


async def _walk(asking: Asking, transport: Transport, roots: tuple[Oid, ...]) -> Walked:
    session = await asking.session(transport)
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    progress = Progress(*columns, console=console, transient=True)
    shown: AbstractContextManager[object] = progress if console.is_terminal else nullcontext()
    with shown:
        task = progress.add_task(word("record_walking", count=0, at="…"), total=None)

        def told(count: int, last: Oid) -> None:
            at = text(last)
            at = at if len(at) <= _SHOWN_OID else at[: _SHOWN_OID - 1] + "…"
            progress.update(task, description=word("record_walking", count=count, at=at))

        return await walk(session, roots, told)


def _write(data: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        output.write_bytes(data)


def _masked(counts: Counter[str]) -> str:
    said = [f"{word(f'mask_{what}')} {number}" for what, number in counts.most_common() if number]
    return ", ".join(said) or word("none")
