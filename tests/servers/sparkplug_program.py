"""An edge node of Sparkplug B by pysparkplug, which others have written: the process that `SparkplugNode` starts.

arguments: host, port, group, node, and `quiet` for one that says its births only. It has a metric of its own and a
device `power`, says both every 0.2 s, and comes again with new births when it is asked for them. On SIGTERM it
leaves in good order; killed, its will is said.
"""

import contextlib
import signal
import sys
import threading
import time
import warnings

import paho.mqtt.client as paho

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pysparkplug as psp

EVERY_S = 0.2


def main(host: str, port: str, group: str, name: str, how: str = "") -> None:
    """Speak until SIGTERM."""
    # It calls what its version of the client had as a stub already; nothing else of it is in the way of ours.
    paho.Client.message_retry_set = lambda _self, retry: None  # type: ignore[attr-defined]  # noqa: ARG005
    ended, asked = threading.Event(), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())

    def on_command(_node: psp.EdgeNode, message: psp.Message) -> None:
        if any(one.name == "Node Control/Rebirth" and one.value is True for one in message.payload.metrics):
            print("asked for its births", flush=True)
            asked.set()

    def at() -> int:
        return time.time_ns() // 1_000_000

    control = psp.Metric(at(), "Node Control/Rebirth", psp.DataType.BOOLEAN, value=False)
    celsius = psp.Metric(at(), "Cabinet/Temperature", psp.DataType.DOUBLE, value=34.5, alias=1)
    volts = psp.Metric(at(), "Mains/Voltage", psp.DataType.FLOAT, value=228.0, alias=2)
    present = psp.Metric(at(), "Mains/Present", psp.DataType.BOOLEAN, value=True, alias=3)
    temperature = psp.Metric(at(), "Battery/Temperature", psp.DataType.INT8, value=-5, alias=4)
    node = psp.EdgeNode(group, name, [control, celsius], cmd_callback=on_command)
    node.register(psp.Device("power", [volts, present, temperature]))
    node.connect(host, port=int(port), keepalive=5)
    number = 0
    while not ended.wait(EVERY_S):
        if asked.is_set():
            asked.clear()
            node.disconnect()
            node.connect(host, port=int(port), keepalive=5)
            continue
        if how == "quiet":
            continue
        number += 1
        with contextlib.suppress(psp.MQTTError):
            node.update([psp.Metric(at(), "Cabinet/Temperature", psp.DataType.DOUBLE, value=34.5 + number, alias=1)])
            node.update_device(
                "power", [psp.Metric(at(), "Mains/Voltage", psp.DataType.FLOAT, value=228.0 + number, alias=2)]
            )
    node.disconnect()


if __name__ == "__main__":
    main(*sys.argv[1:])
