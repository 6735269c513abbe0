"""The Prometheus edge: the one file that imports prometheus_client. A process's numbers over HTTP, while it runs.

Whoever asks can hold up nothing: a few callers at once, each in a thread of its own and for a few seconds, and what is
read are numbers in memory. The library is loaded only when somebody is to ask.
"""

import logging
import socket
import socketserver
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contract.few_callers import FewCallers
from contract.metrics import Metric, Parts, Value

log = logging.getLogger(__name__)

MAX_CALLERS = 4
TIMEOUT_S = 5.0  # of a caller, from its first byte to its last
PAUSE_S = 0.5  # so at most eight answers in a second


class ListenError(OSError):
    """The address cannot be listened on; the text says what to do."""


class MetricsConfig(BaseModel):
    """`metrics` of a configuration: where `/metrics` is. Nothing guards it, so it is on this host only by default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)]


class _Server(FewCallers, socketserver.TCPServer):
    allow_reuse_address = True
    request_queue_size = 16
    max_callers, timeout_s, pause_s = MAX_CALLERS, TIMEOUT_S, PAUSE_S

    def __init__(self, config: MetricsConfig, handler: type[socketserver.BaseRequestHandler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
        super().__init__((config.host, config.port), handler)

    def handle_error(self, _request: object, _client_address: object) -> None:
        log.debug("a caller of /metrics was not answered", exc_info=True)


@contextmanager
def serving(
    config: MetricsConfig | None, prefix: str, metrics: Sequence[Metric[Parts]], parts: Parts
) -> Iterator[None]:
    """Serve the metrics as `prefix_name`, and those of the process (CPU, memory, files), while the context lasts;
    nothing at all without a `config`.

    Raises:
        ListenError: the address cannot be listened on.
    """
    if config is None:
        yield
        return
    try:
        server = _Server(config, _handler(prefix, metrics, parts))
    except (OSError, OverflowError) as error:
        text = f"metrics: {config.host}:{config.port} cannot be listened on: {error}: give a free port of this host"
        raise ListenError(text) from error
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="metrics", daemon=True)
    thread.start()
    log.info("metrics on http://%s:%d/metrics", config.host, config.port)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(prefix: str, metrics: Sequence[Metric[Parts]], parts: Parts) -> type[socketserver.BaseRequestHandler]:
    from prometheus_client import CollectorRegistry, MetricsHandler, ProcessCollector
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
    from prometheus_client.metrics_core import Metric as Family
    from prometheus_client.registry import Collector

    class Numbers(Collector):
        def collect(self) -> Iterator[Family]:
            for metric in metrics:
                make = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
                family = make(f"{prefix}_{metric.name}", metric.meaning, labels=metric.labels)
                for labels, value in _each(metric.value(parts)):
                    family.add_metric(labels, value)
                yield family

    class Handler(MetricsHandler):
        server_version, sys_version, timeout = "mangrove", "", TIMEOUT_S
        registry = CollectorRegistry()

        def do_GET(self) -> None:  # noqa: N802  # the library's name
            if self.path.partition("?")[0] == "/metrics":
                super().do_GET()
            else:
                self.send_error(404, "Not Found", "the numbers are at /metrics")

    ProcessCollector(registry=Handler.registry)
    Handler.registry.register(Numbers())
    return Handler


def _each(value: Value) -> Iterator[tuple[Sequence[str], float]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif value is not None:
        yield (), value
