"""A running thread to which faults are done, each measured until it has recovered; the oracle judges at the end."""

import json
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from bisect import bisect
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from servers.process import Server
from system import judge
from system.oracle import Key, journal
from system.parts import ROOT, Ours
from system.targets import Target
from system.thread import Thread, wait_for
from system.torture_table import TortureTable

from contract.crash_point import AGENT, VARIABLE

RECOVERED_WITHIN = 60.0


class Torment:
    """Not thread-safe. What each fault did is told by the time of the readings that are wrong."""

    def __init__(self, thread: Thread, target: Target, choose: random.Random) -> None:
        self.thread, self._target, self._choose = thread, target, choose
        self.victims: dict[str, Server] = {
            "agent": thread.agent,
            "broker": thread.broker,
            "collector": thread.collector,
            "database": target.server,
        }
        self.seconds: dict[str, list[float]] = {}
        self.times: Counter[str] = Counter()
        self._faults: list[tuple[int, str]] = [(0, "before any fault")]
        self._journals = [thread.agent.spool, thread.agent.archive]
        self._books: list[Path] = []
        self._excused: dict[str, set[int]] = {}
        self._lost_boots: dict[str, set[int]] = {}

    # What can be done.

    def kill(self, name: str) -> None:
        """SIGKILL at a random moment, and back after another."""
        self._wait(self._choose.uniform(0.05, 0.6))
        fault = self._begin(f"SIGKILL of the {name} at a random moment")
        self.victims[name].kill()
        self._wait(self._choose.uniform(0.0, 0.6))
        self.victims[name].start()
        self._recover(fault)

    def kill_at(self, point: str, passes: int, meanwhile: Callable[[], None] = lambda: None) -> None:
        """SIGKILL of the process whose code has the point, at its pass number `passes` after a start; `meanwhile` is
        called again and again until then. Its start needs a SIGKILL at a random moment, which is counted too."""
        name = "agent" if point in AGENT else "collector"
        victim = self.victims[name]
        self._wait(self._choose.uniform(0.05, 0.6))
        self._begin(f"SIGKILL of the {name} at a random moment")
        victim.kill()
        victim.launch({VARIABLE: f"{point}:{passes}"})
        fault = self._begin(f"SIGKILL of the {name} at {point}")

        def has_ended() -> bool:
            meanwhile()
            return not victim.is_running

        wait_for(has_ended, f"the {name} passes {point}", RECOVERED_WITHIN + 2 * self._target.horizon_s)
        assert victim.ended(0) == -signal.SIGKILL, victim.log()[-4000:]
        victim.start()
        self._recover(fault)

    def stop_at(self, point: str, seconds: float) -> None:
        """SIGSTOP of the process at a point of its code, and SIGCONT after so many seconds."""
        name = "agent" if point in AGENT else "collector"
        victim = self.victims[name]
        self._begin(f"SIGKILL of the {name} at a random moment")
        victim.kill()
        victim.launch({VARIABLE: f"{point}:2:STOP"})
        fault = self._begin(f"SIGSTOP of the {name} at {point} for {seconds:.0f} s")
        wait_for(lambda: victim.is_stopped, f"the {name} passes {point}", RECOVERED_WITHIN)
        self._wait(seconds)
        victim.resume()
        self._recover(fault)

    def outage(self, name: str, seconds: float) -> None:
        """SIGTERM, and a start after so many seconds."""
        fault = self._begin(f"the {name} is away for {seconds:.0f} s")
        self.victims[name].stop()
        self._wait(seconds)
        self.victims[name].start()
        self._recover(fault)

    def pause(self, name: str, seconds: float) -> None:
        """SIGSTOP, and SIGCONT after so many seconds."""
        fault = self._begin(f"SIGSTOP of the {name} for {seconds:.0f} s")
        self.victims[name].pause()
        self._wait(seconds)
        self.victims[name].resume()
        self._recover(fault)

    def kill_idle_database(self) -> None:
        """SIGKILL of the database a while after the last batch was written; batches come again after its return."""
        fault = self._begin("SIGKILL of the database while nothing is written")
        self.thread.agent.stop()
        self._wait(2.0)
        self._target.server.kill()
        self._wait(1.0)
        self._target.server.start()
        self.thread.agent.start()
        self._recover(fault)

    def empty_broker(self) -> None:
        """A broker that comes back without anything it had retained."""
        fault = self._begin("the broker's data are gone")
        self.thread.broker.kill()
        for path in self.thread.broker.directory.glob("mosquitto.db*"):
            path.unlink()
        self.thread.broker.start()
        self._recover(fault)

    def empty_collector(self) -> None:
        """A collector that comes back without its state, and opens new books. Those before are kept for the judge."""
        fault = self._begin("the collector's data are gone")
        self.thread.collector.kill()
        self._books.append(self._keep_books())
        shutil.rmtree(self.thread.collector.data)
        self.thread.collector.start()
        self._recover(fault)

    def empty_database(self) -> None:
        """A database that comes back empty. What the books call stored then is gone by definition."""
        fault = self._begin("the database's data are gone")
        self._target.server.kill()
        self._wait(1.0)  # the answer to a write of before may be on its way into the books
        for boot, book in judge.merged(self._rows()).items():
            self._excused.setdefault(boot, set()).update(book.settled)
        self._target.empty()
        self._target.server.start()
        self._recover(fault)

    def empty_agent(self) -> None:
        """An agent that loses its disk while the database is away, and a collector that loses what it has in memory.
        What only that disk held is gone by definition; the judge keeps the disk to know what it was."""
        fault = self._begin("the agent's data are gone")
        self._target.server.kill()
        self._wait(3.0)
        self.thread.collector.kill()
        self.thread.agent.kill()
        witness = self.thread.folder / f"disk-{len(self._journals)}"
        self.thread.agent.data.rename(witness)
        self._journals.append(witness / "spool")
        for entry in journal(witness / "spool"):
            self._lost_boots.setdefault(f"{entry.boot:016x}", set()).add(entry.seq)
        self._target.server.start()
        self.thread.collector.start()
        self.thread.agent.start()
        self._recover(fault)
        wait_for(self._calls_missing, "the books no longer call spooled what the disk took with it")

    def _calls_missing(self) -> bool:
        rows = self.thread.ledger()
        return bool(rows) and all(row["spooled"] == 0 for row in rows if row["boot"] in self._lost_boots)

    def journal_too(self, folder: Path) -> None:
        """Count the segments of a folder as the agent's: a test has sent them itself."""
        self._journals.append(folder)

    # What came of it.

    def finish(self, table: TortureTable | None, within: float) -> judge.Verdict:
        """Settle everything, judge, put the rows into the table, and return the verdict."""
        unsettled = self._settle(within)
        self._books.append(self._keep_books())
        verdict = self._judge(self._excuses())
        verdict.books += unsettled
        wrong = (verdict.lost, verdict.duplicated, verdict.forged)
        lost, duplicated, forged = (Counter(map(self._fault_of, keys)) for keys in wrong)
        for fault in [*self.times, *sorted((lost + duplicated + forged).keys() - self.times.keys())]:
            if table is not None:
                counts = (self.times[fault], lost[fault], duplicated[fault], forged[fault])
                table.add(f"{self._target.name}: {fault}", *counts, self.seconds.get(fault, ()))
        return verdict

    def named_in_the_books(self) -> dict[str, tuple[set[int], set[int]]]:
        """Return, for each boot whose disk is gone, which numbers are lost and were announced by a heartbeat, and
        which the books call missing and none before them called settled: the same, when the books are right."""
        books = judge.merged(self._rows())
        out: dict[str, tuple[set[int], set[int]]] = {}
        for boot, numbers in self._lost_boots.items():
            book = books.get(boot, judge.Book())
            out[boot] = (numbers - book.settled) & book.produced, book.missing - book.settled
        return out

    def _excuses(self) -> dict[str, set[int]]:
        """Return what may be absent: what was stored in a database that is gone, what only a lost disk held, and what
        the process that settled has told of itself in the end."""
        out = {boot: set(numbers) for boot, numbers in self._excused.items()}
        books = judge.merged(self._rows())
        for boot, numbers in self._lost_boots.items():
            out.setdefault(boot, set()).update(numbers - books.get(boot, judge.Book()).settled)
        last = self._last_boot()
        young = {entry.seq for entry in journal(self.thread.agent.spool) if f"{entry.boot:016x}" == last}
        out.setdefault(last, set()).update(young - books.get(last, judge.Book()).settled)
        return out

    def _judge(self, excused: dict[str, set[int]]) -> judge.Verdict:
        path = self.thread.folder / "excused.json"
        path.write_text(json.dumps({boot: [(one, one) for one in sorted(some)] for boot, some in excused.items()}))
        arguments = ["--agent", self.thread.agent.config_path.stem, "--excused", str(path), *self._target.oracle]
        for folder in self._journals:
            arguments += ["--journal", str(folder)]
        for books in self._books:
            arguments += ["--books", str(books)]
        said = _python(["-m", "system.judge", *arguments], ROOT / "tests")
        found = json.loads(said)
        for name in ("lost", "duplicated", "forged"):
            found[name] = [(*key[:-1], int(key[-1])) for key in found[name]]
        return judge.Verdict(**found)

    def _fault_of(self, key: Key) -> str:
        return self._faults[bisect(self._faults, (key[-1], "\U0010ffff")) - 1][1]

    def _settle(self, within: float) -> list[str]:
        """End the agent, start it again without devices, and wait until all that was ever accepted before is settled.
        Returns what has not come to that, in words."""
        self.thread.agent.stop()
        empty = self.thread.folder / "nothing.json"
        empty.write_text('{"version": 1, "id": "1-nothing"}')
        drain = [*self.thread.agent_command(), "--assignment", str(empty)]
        with Ours(self.thread.folder, "drain", drain, "assignment 1-nothing"):
            try:
                wait_for(self._is_settled, "all that was accepted is settled", within)
            except AssertionError as error:
                return [str(error)]
        return []

    def _last_boot(self) -> str:
        """Return the agent process that settles: its own reports of itself are always younger than the horizon."""
        return (self.thread.agent.spool / "boot").read_text(encoding="ascii").strip()

    def _is_settled(self) -> bool:
        last = self._last_boot()
        rows = [row for row in self.thread.ledger() if row["boot"] not in (*self._lost_boots, last)]
        settled = all(row["balanced"] and row["spooled"] == 0 for row in rows)
        return bool(rows) and settled and self.thread.is_spool_empty(but_of=last)

    def _rows(self) -> list[dict[str, object]]:
        """Return the rows of all books so far, the present ones last."""
        paths = [*self._books, self._keep_books()]
        return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]

    def _keep_books(self) -> Path:
        path = self.thread.folder / f"books-{len(self._books)}.jsonl"
        command = ["-m", "mangrove", "ledger", "-c", str(self.thread.collector.config_path), "--json"]
        path.write_text(_python(command, ROOT), encoding="utf-8")
        return path

    def _begin(self, fault: str) -> str:
        self.times[fault] += 1
        self._faults.append((_now_ms(), fault))
        return fault

    def _recover(self, fault: str) -> None:
        """Measure from now until a reading that was made from now on can be read in the database."""
        since_ms, begun = _now_ms(), time.monotonic()
        wait_for(lambda: self._target.has_newer(since_ms), f"a new value in the database after {fault}", 60.0)
        self.seconds.setdefault(fault, []).append(time.monotonic() - begun)
        with (self.thread.folder / "faults").open("a", encoding="utf-8") as file:  # for whoever looks into a run
            file.write(f"{since_ms} {fault}: {self.seconds[fault][-1]:.2f} s\n")

    @staticmethod
    def _wait(seconds: float) -> None:
        threading.Event().wait(seconds)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _python(arguments: list[str], path: Path) -> str:
    """Return what a program prints; both of ours end with 1 when something is wrong, and say what."""
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, env={"PYTHONPATH": str(path)}, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    assert done.stdout, done.stderr
    return done.stdout
