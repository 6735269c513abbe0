"""Recorded walks as files: what `mangrove record` and snmpsim write, or what `snmpwalk -On` prints."""

import sys
from pathlib import Path
from typing import Final

from agents.snmp.varbinds import Varbind
from contract.config_file import ConfigError, Problem
from contract.printable import printable
from mangrove.record import printed, snmprec

_SHOWN: Final = 5  # problems of a file


def load(path: Path) -> list[Varbind]:
    """Return the objects in increasing order, each once. Lines that were not understood are told on stderr.

    Raises:
        ConfigError: it cannot be read, or holds no object.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError([Problem(str(path), 0, "", f"cannot be read: {error.strerror or error}")]) from error
    walk, problems = printed.read(data) if printed.looks_printed(data) else snmprec.read(data)
    for problem in problems[:_SHOWN]:
        print(printable(f"{path}: {problem}"), file=sys.stderr)
    if not walk:
        text = "holds no object: a walk has lines OID|TAG|VALUE, or those that snmpwalk -On prints"
        raise ConfigError([Problem(str(path), 0, "", text)])
    return walk
