"""What a profile or a mapping says that it produces, held against the catalog."""

from collections.abc import Collection

from contract.catalog import Catalog, Measurement, UnknownError
from contract.config_file import Key, Loaded, Model, Problem, did_you_mean


def produced(
    loaded: Loaded[Model],
    at: Key,
    measurement: str,
    tags: Collection[str],
    fields: tuple[str, Collection[str]],
    catalog: Catalog,
) -> tuple[Measurement | None, list[Problem]]:
    """Return what the catalog says of the measurement of the table at `at`, and what of the names it does not allow.
    `fields` is the key under which the file names its fields, and the names."""
    try:
        spec = catalog.measurement(measurement)
    except UnknownError as error:
        hint = did_you_mean(measurement, catalog.measurements)
        return None, [loaded.problem((*at, "measurement"), f"{error}{hint}")]
    out: list[Problem] = []
    if spec.derived:
        out.append(loaded.problem((*at, "measurement"), f"{measurement} is worked out by the collector, not read"))
    for names, known, key in ((tags, spec.tags, "tags"), (fields[1], spec.fields, fields[0])):
        for name in names:
            if name not in known:
                message = f"the catalog has no {measurement}.{name}" + did_you_mean(name, known)
                out.append(loaded.problem((*at, key, name), message))
    if lacking := sorted(spec.tags.keys() - tags):
        message = f"lacks the tag {', '.join(lacking)}, which tells the rows of {measurement} apart"
        out.append(loaded.problem(at, message))
    return spec, out
