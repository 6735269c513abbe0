"""The store that the configuration names. The client of the other one is not loaded."""

from pathlib import Path

from collector.config import CollectorConfig, InfluxStoreConfig
from collector.one_at_a_time import OneAtATime
from collector.proved import ProvedStore
from collector.store import Store
from contract.catalog import Catalog

CANARY_TIMEOUT_S = 3.0  # it asks up to four times in a row, and the end waits for it


def make_store(config: CollectorConfig, catalog: Catalog, base: Path) -> Store:
    """Return the store that the configuration names; its `query` may be called from another thread than the rest.

    Raises:
        SecretError: a secret of it cannot be had.
    """
    if isinstance(config.store, InfluxStoreConfig):
        from collector.influx import InfluxStore

        if not config.store.canary:
            return InfluxStore(config.store, base)
        beside = config.store.model_copy(update={"timeout_s": min(config.store.timeout_s, CANARY_TIMEOUT_S)})
        return ProvedStore(InfluxStore(config.store, base), InfluxStore(beside, base), config.id)
    from collector.embedded import EmbeddedStore

    return OneAtATime(EmbeddedStore(config.data / "points", catalog))
