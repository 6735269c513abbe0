"""What an agent knows of a device after a poll: what it asks for every time, what it keeps, and until when."""

from rich.table import Table

from agents.knowledge import LEARN_AGAIN_S, Knowledge, Learned
from contract.profile import ProfileTable
from mangrove.plan_words import object_name
from mangrove.words import word


def known_table(knowledge: Knowledge) -> Table:
    """Return a line for each table of the plan: its rows, how many values of it are asked for in every poll, how many
    are kept from the walk, and what makes it be walked again."""
    hours = {"least": f"{LEARN_AGAIN_S / 60:.0f}", "most": f"{2 * LEARN_AGAIN_S / 60:.0f}"}
    out = Table(title=word("known_title"), title_justify="left", caption=word("known_caption", **hours))
    out.caption_justify = "left"
    for name in ("known_table", "known_rows", "known_asked", "known_kept", "known_until"):
        out.add_column(word(name), justify="right" if name in ("known_rows", "known_asked", "known_kept") else "left")
    for place, table in enumerate(knowledge.plan.tables):
        if learned := knowledge.learned.get(place):
            layout = learned.layout
            numbers = (f"{len(layout.rows):,}", f"{len(layout.live):,}", f"{len(layout.fixed_values):,}")
            out.add_row(table.measurement, *numbers, _until(table, learned), style="" if layout.rows else "dim")
        else:
            out.add_row(table.measurement, "-", "-", "-", word("plan_new"), style="dim")
    return out


def _until(table: ProfileTable, learned: Learned) -> str:
    if table.scalar:
        return ""
    if not learned.layout.rows:
        return word("known_empty")
    if learned.along or not table.changed:
        return word("known_names")
    return word("known_marker", objects=", ".join(map(object_name, table.changed)))
