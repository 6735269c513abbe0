"""Opening a spool's folder: it is this process's alone, and what earlier ones left in it is found."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from agents import folder as folders
from agents import recovery
from agents.losses import Losses
from agents.segment import Segment, boot_of_alarms
from contract.messages import boot_text


class SpoolError(Exception):
    """The spool's folder cannot be used; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Opened:
    """`guard` is the descriptor that holds the folder; `replaces` are the boots that had it before, as texts."""

    guard: int
    losses: Losses
    segments: list[Segment]
    replaces: list[str]


def opened(folder: Path, boot: int, archive: Path | None) -> Opened:
    """Take the folder for this process.

    Raises:
        SpoolError: another process has the folder, or it cannot be read or written.
    """
    try:
        for each in (folder, archive or folder):
            folders.make(each)
        guard = folders.lock(folder)
        try:
            now_ms = time.time_ns() // 1_000_000
            losses = Losses(folder, now_ms)
            segments = recovery.recover(folder, losses, now_ms)
            last = folders.take_over(folder, boot)
            before = set() if last is None else {last, boot_of_alarms(last)}
            replaces = sorted(map(boot_text, before | {segment.boot for segment in segments}))
            return Opened(guard, losses, segments, replaces)
        except BaseException:
            os.close(guard)
            raise
    except BlockingIOError as error:
        raise SpoolError(f"{folder} is in use by another agent: give each agent a folder of its own") from error
    except OSError as error:
        text = f"{folder} cannot be used as a spool: {error}: give this user a folder that it can read and write"
        raise SpoolError(text) from error
