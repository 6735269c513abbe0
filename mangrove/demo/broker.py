"""The demo's broker: mosquitto where it is installed, else amqtt in a thread of this process."""

import asyncio
import logging
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mangrove.demo.process import started

END_S = 2.0


@contextmanager
def broker(folder: Path, port: int) -> Iterator[tuple[str, subprocess.Popen[bytes] | None]]:
    """Run a broker on loopback; yields its name and, unless it runs in a thread of ours, its process."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if program:
        config = folder / "mosquitto.conf"
        config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 10000\n")
        with started([program, "-c", str(config)], folder / "mosquitto.log") as process:
            yield "mosquitto", process
    else:
        with _amqtt(port):
            yield "amqtt", None


@contextmanager
def _amqtt(port: int) -> Iterator[None]:
    from amqtt.broker import Broker

    config = {
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }
    for name in ("amqtt", "transitions", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="amqtt", daemon=True)
    thread.start()

    async def begin() -> Broker:
        running = Broker(config, loop=loop)
        await running.start()
        return running

    running = asyncio.run_coroutine_threadsafe(begin(), loop).result(END_S * 5)
    try:
        yield
    finally:
        ending = asyncio.run_coroutine_threadsafe(asyncio.wait_for(running.shutdown(), END_S), loop)
        try:
            ending.result(END_S + 1)
        except TimeoutError:
            logging.getLogger(__name__).warning("amqtt did not end in %s s", END_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(END_S)
