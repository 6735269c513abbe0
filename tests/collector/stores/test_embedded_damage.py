"""The embedded store keeps what it said yes to, and survives every state of its folder."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from collector import embedded
from collector.embedded import MAX_QUERY_DAYS, EmbeddedStore
from collector.store import Point, QueryError, Retry, Stop, Written
from contract.catalog import Catalog

DAY = 86_400_000
T = 1_700_000_000_000  # 2023-11-14T22:13:20Z
ROOT = Path(embedded.__file__).parents[1]


def _point(name: str, at: int = T, **fields: float) -> Point:
    return Point.of("interface", (("if_name", name),), tuple(sorted(fields.items())), at)


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(b"garbage" * 9999),
        lambda file: os.truncate(file, 5000),
        lambda file: os.truncate(file, file.stat().st_size // 2),
        lambda file: file.write_bytes(b"\xff" * 4096 + file.read_bytes()[4096:]),
        lambda file: file.unlink() or file.mkdir(),
    ],
    ids=["empty", "garbage", "header cut", "half", "first block", "a folder"],
)
def test_a_damaged_file_means_stop_and_other_days_go_on(
    tmp_path: Path, catalog: Catalog, damage: Callable[[Path], object]
) -> None:
    store = EmbeddedStore(tmp_path, catalog)
    assert store.write([_point(f"a{i}", in_bps=1.0) for i in range(2000)]) == Written()
    store.close()
    damage(tmp_path / "2023-11-14.duckdb")
    store = EmbeddedStore(tmp_path, catalog)
    answer = store.write([_point("a", in_bps=1.0)])
    assert isinstance(answer, Stop)
    assert "2023-11-14.duckdb" in answer.reason
    assert store.write([_point("a", T + DAY, in_bps=1.0)]) == Written()
    with pytest.raises(QueryError, match="2023-11-14"):
        store.query("SELECT * FROM interface")
    assert store.write([_point("b", T + DAY, in_bps=1.0)]) == Written()
    store.close()


def test_what_a_crash_left_of_a_new_day_is_in_nobodys_way(store: EmbeddedStore, tmp_path: Path) -> None:
    (tmp_path / "store" / "new").write_bytes(b"half a header")
    assert store.write([_point("a", in_bps=1.0)]) == Written()


_HOLD = """
import sys, duckdb
with duckdb.connect(sys.argv[1]) as held:
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_file_that_another_process_holds_means_retry(store: EmbeddedStore, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HOLD, str(tmp_path / "store" / "2023-11-14.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"held\n"
        answer = store.write([_point("a", in_bps=1.0)])
        process.communicate()
    assert isinstance(answer, Retry)
    assert "lock" in answer.reason
    assert store.write([_point("a", in_bps=1.0)]) == Written()


_WRITE_FOR_EVER = """
import sys
from itertools import count
from pathlib import Path
from collector.embedded import EmbeddedStore
from collector.store import Point, Written
from contract.catalog import Catalog
store = EmbeddedStore(Path(sys.argv[1]), Catalog.model_validate_json(sys.argv[2]))
for k in count():
    at = 1_700_000_000_000 + k * 40_000_000
    points = [Point.of("interface", (("if_name", str(i)),), (("in_bps", float(k)),), at + i) for i in range(500)]
    assert store.write(points) == Written()
    print(k, flush=True)
"""


@pytest.mark.parametrize("yes", [1, 7])
def test_what_had_its_yes_survives_a_kill(tmp_path: Path, catalog: Catalog, yes: int) -> None:
    command = [sys.executable, "-c", _WRITE_FOR_EVER, str(tmp_path), catalog.model_dump_json()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout
        for _ in range(yes):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        said = yes + len(process.stdout.read().splitlines())
    store = EmbeddedStore(tmp_path, catalog)
    found = store.query("SELECT in_bps AS k, count(*) AS n FROM interface GROUP BY in_bps ORDER BY in_bps")
    assert found[:said] == [{"k": float(k), "n": 500} for k in range(said)][-MAX_QUERY_DAYS * 3 :]
    assert all(row["n"] == 500 for row in found), "a request is there whole or not at all"
    store.close()


_FILL_UP = """
import resource, signal, sys
from pathlib import Path
from collector.embedded import EmbeddedStore
from collector.store import Point, Retry, Written
from contract.catalog import Catalog
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, resource.RLIM_INFINITY))
store = EmbeddedStore(Path(sys.argv[1]), Catalog.model_validate_json(sys.argv[2]))
def write(k):
    at = 1_700_000_000_000 + k
    points = [Point.of("interface", (("if_name", f"{i}-{k}"),), (("in_bps", i / 7),), at) for i in range(2000)]
    return store.write(points)
done = 0
while (answer := write(done)) == Written():
    done += 1
assert isinstance(answer, Retry), answer
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert write(done) == Written()
found = store.query("SELECT count(*) AS n FROM interface")
assert found == [{"n": 2000 * (done + 1)}], (found, done)
print(done)
"""


def test_a_file_that_cannot_grow_means_retry_and_nothing_is_lost(tmp_path: Path, catalog: Catalog) -> None:
    command = [sys.executable, "-c", _FILL_UP, str(tmp_path), catalog.model_dump_json()]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0
