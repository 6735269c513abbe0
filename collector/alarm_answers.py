"""What the control socket answers about alarms: which there are, of which devices, and what nobody could name."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from collector.alarms import AlarmBook
from collector.database import StateError
from collector.versions import Meaning
from contract.control import Answerer, ControlError

MAX_ROWS = 1_000
_ORDER = ("critical", "major", "minor", "warning", "indeterminate", "cleared")


@dataclass(frozen=True, slots=True)
class AlarmAnswers:
    """`current` returns the newest inventory."""

    book: AlarmBook
    current: Callable[[], Meaning | None]

    def by_name(self) -> dict[str, Answerer]:
        """Return what is answered to which question. Called from any thread."""
        return {"alarms": self._alarms}

    def _alarms(self, asked: Mapping[str, object]) -> object:
        """The alarms that stand, or `all`; the worst and newest first, those of a `site` only, with the site of each
        device as the inventory has it now; and what is `unknown`. A device that is no longer there is left out."""
        site = asked.get("site")
        meaning = self.current()
        sites = {name: one.site for name, one in meaning.elements.items()} if meaning else {}
        if site and (meaning is None or site not in meaning.sites):
            raise ControlError(f"the inventory has no site {str(site)[:60]}")
        try:
            alarms, strange = self.book.alarms(every=bool(asked.get("all"))), self.book.strange()
        except StateError as error:
            raise ControlError(str(error)) from error
        found = [
            [asdict(one) | {"site": sites[one.device]} for one in each if one.device in sites]
            for each in (alarms, strange)
        ]
        found[0].sort(key=lambda row: (row["state"] != "raised", _ORDER.index(row["severity"])))
        kept = [[row for row in each if not site or row["site"] == site] for each in found]
        return {"alarms": kept[0][:MAX_ROWS], "unknown": kept[1][:MAX_ROWS], "left_out": _left_out(kept)}


def _left_out(kept: list[list[dict[str, Any]]]) -> int:
    return sum(max(0, len(rows) - MAX_ROWS) for rows in kept)
