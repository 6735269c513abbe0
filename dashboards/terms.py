"""What a dashboard says in one language: the words of the screens, and the meanings and units of the catalog."""

from dataclasses import dataclass

from contract.catalog import Catalog, FieldSpec
from contract.words import Language, Words, said

# Grafana's unit ids by UCUM code. Times are digits, since Grafana writes "mins" in English only.
GRAFANA_UNITS = {
    "1": "none",
    "%": "percent",
    "s": "dtdhms",
    "ms": "ms",
    "bit/s": "bps",
    "By": "decbytes",
    "{packet}": "none",
    "{packet}/s": "pps",
    "V": "volt",
    "A": "amp",
    "Cel": "celsius",
    "deg": "degree",
    "min": "m",
    "By/s": "Bps",
    "/s": "cps",
    "{block}/s": "cps",
    "W": "watt",
    "Hz": "hertz",
    "{rev}/min": "rotrpm",
    "m3/min": "suffix: m³/min",
    "dB{mW}": "dBm",
    "dB": "dB",
    "mA": "mamp",
    "A.h": "suffix: Ah",
    "h": "suffix: h",
    "/h": "suffix: /h",
    "m": "lengthm",
    "kbit": "suffix: kbit",
}
_SIGNED = frozenset({"V", "A", "Cel", "deg", "dB{mW}", "dB"})  # the only units whose values may be below zero
PERCENT = FieldSpec(kind="gauge", unit="%", en="Share", vi="Tỷ lệ")
COUNT = FieldSpec(kind="delta", unit="1", en="Count", vi="Số lượng")
_ROUNDING = 1e-6
_MOST = 1e300  # a whole number of JSON may be larger than any float


@dataclass(frozen=True, slots=True)
class Terms:
    """The language of one dashboard."""

    words: Words
    catalog: Catalog
    language: Language

    def word(self, key: str, /, **places: object) -> str:
        """Return a text of the screens.

        Raises:
            KeyError: the table has no such text.
        """
        return self.words.word(key, self.language, **places)

    def meaning(self, measurement: str, field: str) -> str:
        """Return what a field means.

        Raises:
            UnknownError: the catalog has no such field.
        """
        return said(self.catalog.field(measurement, field), self.language)

    def sense(self, measurement: str, field: str) -> FieldSpec:
        """Return the kind and unit of a field.

        Raises:
            UnknownError: the catalog has no such field.
        """
        return self.catalog.field(measurement, field)


def grafana_unit(sense: FieldSpec) -> str:
    """Return the id of the unit in Grafana.

    Raises:
        KeyError: GRAFANA_UNITS lacks it.
    """
    return GRAFANA_UNITS[sense.unit]


def wrong(sense: FieldSpec, value: object) -> str | None:
    """Return why a value cannot be, if it cannot."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < _MOST:
        return f"{value!r:.60} is no number"
    if sense.values and value not in sense.values:
        return f"{value:g} is a state without a name"
    if sense.unit not in _SIGNED and value < 0:
        return f"{value:g} is below zero"
    if sense.unit == "%" and value > 100 + _ROUNDING:
        return f"{value:g} % is more than all"
    return None
