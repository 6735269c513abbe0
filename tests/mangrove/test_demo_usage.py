"""What processes use: the kernel's numbers."""

import os
import subprocess
import sys
import time

from mangrove.demo.measures import Measures
from mangrove.demo.usage import began, cpu_s, rss_mb

BUSY = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ninput()"


def test_the_cpu_of_a_process_is_what_it_used_and_nothing_of_one_that_has_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        assert 0.25 <= cpu_s([process.pid]) < 2
        assert cpu_s([process.pid, process.pid]) >= 0.5
        assert rss_mb(process.pid) > 1
    assert cpu_s([process.pid]) == rss_mb(process.pid) == 0


def test_a_process_knows_since_when_it_runs() -> None:
    text = "import time\nfrom mangrove.demo.usage import began\nprint(time.monotonic() - began())"
    start = time.monotonic()
    out = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True, timeout=60).stdout
    assert 0 < float(out) <= time.monotonic() - start + 0.02
    assert began() < start


def test_the_cores_are_measured_from_when_all_devices_were_polled() -> None:
    measures = Measures(time.monotonic())
    measures.look(0, 0, {})
    measures.look(3, 4, {"ours": os.getpid()})
    assert (measures.all_polled_s, measures.cpu_cores) == (None, None)
    measures.look(4, 4, {"ours": os.getpid()})
    assert measures.all_polled_s is not None
    assert measures.cpu_cores is None
    began, used = time.monotonic(), time.process_time()
    while time.process_time() - used < 0.2:
        pass
    measures.look(4, 4, {"ours": os.getpid()})
    assert measures.cpu_cores is not None
    busy = 2 * 0.2 / (time.monotonic() - began)  # the process counts twice: as the view, and as a part
    assert abs(measures.cpu_cores - busy) < 0.3 * busy
    assert measures.memory_mb.keys() == {"view", "ours"}
