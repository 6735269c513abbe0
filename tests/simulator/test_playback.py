"""A recorded walk as a device of its own: net-snmp reads what was recorded, and what cannot be played is told."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from servers.find import find

ROOT = Path(__file__).resolve().parents[2]
WALK = b"# a comment\r\n1.3.6.1.2.1.1.5.0|4|rt-01\r\nno object\n1.3.6.1.2.1.1.3.0|67|4711\n"


def started(path: Path, listen: str = "127.0.0.1:0") -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "mangrove", "sim", "walk", str(path), "--listen", listen]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_walk_is_played_in_its_order_and_what_is_left_out_is_told(tmp_path: Path) -> None:
    path = tmp_path / "walk.snmprec"
    path.write_bytes(WALK)
    with started(path) as process:
        assert process.stdout
        assert process.stderr
        address = process.stdout.readline().removeprefix("ready ").strip()
        program = find("snmpbulkwalk")
        said = subprocess.run(
            [program.path, "-v", "2c", "-c", "public", "-O", "neU", "-t", "5", address, "1.3.6.1.2.1"],
            env={**os.environ, **program.environment, "SNMP_PERSISTENT_DIR": str(tmp_path), "MIBS": ""},
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        process.send_signal(signal.SIGTERM)
        errors = process.stderr.read()
        assert process.wait(timeout=10) == 0
    names = [line.partition(" ")[0] for line in said.stdout.splitlines() if "No more variables" not in line]
    assert names == [".1.3.6.1.2.1.1.3.0", ".1.3.6.1.2.1.1.5.0"]
    assert '"rt-01"' in said.stdout
    assert "walk.snmprec: 3" in errors or "line 3" in errors


@pytest.mark.parametrize(
    ("data", "listen", "said"),
    [(b"", "127.0.0.1:0", "no object"), (WALK, "192.0.2.1:1161", "cannot be listened on"), (WALK, "x", "ADDRESS:PORT")],
    ids=["empty", "not our address", "no address"],
)
def test_what_cannot_be_played_is_an_exit_of_2_with_the_reason(
    tmp_path: Path, data: bytes, listen: str, said: str
) -> None:
    path = tmp_path / "walk.snmprec"
    path.write_bytes(data)
    with started(path, listen) as process:
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert said in " ".join(errors.split())
