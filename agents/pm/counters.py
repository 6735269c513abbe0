"""The numbers that an agent keeps of performance files; a part of the table in agents/counters.py."""

from agents.pm.reading import PmFiles
from contract.metrics import Metric

OF_FILES: tuple[Metric[PmFiles], ...] = (
    Metric("pm_files", "counter", "Performance files that were read", lambda p: p.counts.files),
    Metric("pm_files_again", "counter", "Performance files whose content was read before", lambda p: p.counts.again),
    Metric("pm_files_refused", "counter", "Performance files that cannot be read", lambda p: p.counts.files_refused),
    Metric("pm_files_waiting", "gauge", "Performance files that are not whole yet", lambda p: p.waiting),
    Metric("pm_cells", "counter", "Batches made of the counters of a cell", lambda p: p.counts.cells),
    Metric(
        "pm_objects_unknown",
        "counter",
        "Objects of performance files that have counters of cells and are no cell of this agent",
        lambda p: p.counts.unknown_objects,
    ),
    Metric(
        "pm_objects_clashing",
        "counter",
        "Objects of performance files left out because another one has the key of that cell",
        lambda p: p.counts.twice,
    ),
    Metric(
        "pm_values_suspect",
        "counter",
        "Counters of cells that were marked as suspect and left out",
        lambda p: p.counts.suspect,
    ),
    Metric(
        "pm_blocks_of_another_time",
        "counter",
        "Blocks of performance files whose period is over 29 days old or ahead",
        lambda p: p.counts.of_other_time,
    ),
)
