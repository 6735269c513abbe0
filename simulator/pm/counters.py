"""What the counters of a cell say of a period, by the names of TS 32.425 (4G) and TS 28.552 (5G). Pure.

Of 3G there is only the time for which a cell was away; 2G has no counters that the vendors share, and no file.
"""

from collections.abc import Mapping
from random import Random

from contract.inventory import Cell

AWAY = "RRU.CellUnavailableTime.sum"  # s; TS 32.425 clause 4.5.6
_BUSIEST_PER_S = 2.5  # attempts to connect of a cell in its busiest hour
_DROPPED, _REFUSED, _HANDED = 0.004, 0.006, 0.6  # shares of calls lost and refused; handovers to a call
_KBIT_PER_CALL = 18_000
_KBIT_PER_MS = {"4g": 22.0, "5g": 140.0}  # what a cell gives to one who asks
_PRB_BUSIEST = 78.0  # % of the downlink
_NR_PRBS = 273  # of 100 MHz at 30 kHz (TS 38.101-1 table 5.3.2-1)
_SESSION_S = 40

Counters = Mapping[str, int]


def counters(cell: Cell, busy: float, period_s: float, away_s: float, random: Random) -> Counters:
    """Return the counters of a period. `busy`: the mean share of the busiest hour; `away_s`: for so long the cell was
    unavailable."""
    here = busy * (1 - away_s / period_s) * random.uniform(0.7, 1.0)
    calls = round(_BUSIEST_PER_S * here * period_s)
    match cell.technology:
        case "4g":
            return _lte(calls, here, period_s, random) | {AWAY: round(away_s)}
        case "5g":
            return _nr(calls, here, period_s, random) | {AWAY: round(away_s)}
    return {AWAY: round(away_s)}


def _lte(calls: int, here: float, period_s: float, random: Random) -> dict[str, int]:
    connected, signalled, set_up = (_of(calls, 1 - _REFUSED / n, random) for n in (1, 3, 2))
    down, up = connected * _KBIT_PER_CALL, connected * _KBIT_PER_CALL // 8
    handed = _of(connected, _HANDED, random)
    return {
        "RRC.ConnEstabAtt.sum": calls,
        "RRC.ConnEstabSucc.sum": connected,
        "RRC.ConnMean": round(connected * _SESSION_S / period_s),
        "RRC.ConnMax": round(3 * connected * _SESSION_S / period_s),
        "S1SIG.ConnEstabAtt": calls,
        "S1SIG.ConnEstabSucc": signalled,
        "ERAB.EstabInitAttNbr.sum": calls,
        "ERAB.EstabInitSuccNbr.sum": set_up,
        "ERAB.RelActNbr.sum": _of(set_up, _DROPPED, random),
        "ERAB.SessionTimeUE": set_up * _SESSION_S,
        "DRB.IPVolDl.sum": down,
        "DRB.IPTimeDl.sum": round(down / _KBIT_PER_MS["4g"]),
        "DRB.IPVolUl.sum": up,
        "DRB.IPTimeUl.sum": round(up * 3 / _KBIT_PER_MS["4g"]),
        "RRU.PrbTotDl": round(_PRB_BUSIEST * here),
        "RRU.PrbTotUl": round(_PRB_BUSIEST * here / 3),
        "HO.IntraEnbOutAtt.sum": handed // 3,
        "HO.IntraEnbOutSucc.sum": _of(handed // 3, 0.992, random),
        "HO.InterEnbOutAtt.sum": handed - handed // 3,
        "HO.InterEnbOutSucc.sum": _of(handed - handed // 3, 0.98, random),
    }


def _nr(calls: int, here: float, period_s: float, random: Random) -> dict[str, int]:
    connected = _of(calls, 1 - _REFUSED, random)
    down, up = connected * _KBIT_PER_CALL * 4, connected * _KBIT_PER_CALL // 2
    dl_pct, ul_pct = _PRB_BUSIEST * here / 2, _PRB_BUSIEST * here / 6
    return {
        "RRC.ConnEstabAtt.sum": calls,
        "RRC.ConnEstabSucc.sum": connected,
        "RRC.ConnMean": round(connected * _SESSION_S / period_s),
        "RRC.ConnMax": round(3 * connected * _SESSION_S / period_s),
        "DRB.PdcpSduVolumeDL": down // 1000,
        "DRB.PdcpSduVolumeUL": up // 1000,
        "RRU.PrbTotDl": round(dl_pct),
        "RRU.PrbTotUl": round(ul_pct),
        "RRU.PrbUsedDl": round(_NR_PRBS * dl_pct / 100),
        "RRU.PrbAvailDl": _NR_PRBS,
        "RRU.PrbUsedUl": round(_NR_PRBS * ul_pct / 100),
        "RRU.PrbAvailUl": _NR_PRBS,
    }


def _of(calls: int, share: float, random: Random) -> int:
    """Return about that share of the calls, and never more than there are."""
    return min(calls, max(0, round(calls * share + random.gauss(0, (calls * share * (1 - share)) ** 0.5))))
