"""What the catalog must have for the collector's own rows."""

from contract.catalog import Catalog, UnknownError

NEEDED = {
    "poll": ("outcome", "requests", "took_ms"),
    "availability": ("up_s", "down_s", "unknown_s", "maintenance_s"),
    "status": ("status",),
    "coverage": (
        *("cells", "cells_up", "cells_down", "cells_unknown", "in_service_pct"),
        *("inferred", "cells_reported", "age_s"),
    ),
    "service": ("status", "since_ms", "lat", "lon"),
    "headline": ("communes", "total", "lost", "blind", "share_pct", "age_s"),
    "network": (
        *("sites", "sites_up", "sites_down", "sites_unknown", "sites_maintenance"),
        *("incidents_open", "incidents_acked", "agents", "agents_silent", "age_s"),
    ),
}


def lacks(catalog: Catalog) -> str:
    """Return what the catalog has not of the measurements that we make ourselves, or nothing. Without them a store
    would refuse every one."""
    try:
        for measurement, fields in NEEDED.items():
            for name in fields:
                catalog.field(measurement, name)
    except UnknownError as error:
        return str(error)
    return ""
