"""What must hold, judged over a state of the model."""

from model.rules import Promise, Rule, Scene
from model.state import Batches, State


def broken_promise(s: State, scene: Scene) -> Promise | None:
    """The first promise that this state breaks."""
    db, past = s.database, s.history
    spooled, pending = _spooled(s)
    safe_without_store = past.excused | past.reported | past.dead_letters | spooled | pending
    if past.accepted & ~(safe_without_store | db.kept | db.fresh):
        return Promise.I1_NOTHING_LOST
    acked = 0
    for acks in s.network.acks:
        acked |= acks
    if acked & ~(db.kept | past.dead_letters):
        return Promise.I5_ACK_AFTER_DURABLE
    if (db.fresh_1 | db.kept_1) & (db.fresh_2 | db.kept_2):
        return Promise.I3_ONE_POINT
    if past.accepted & ~(safe_without_store | past.watched):
        return Promise.WATCHED
    if scene.rows and s.file.seen & ~(s.file.outbox | db.fresh_rows | db.kept_rows):
        return Promise.ROWS_KEPT
    if scene.ledger and not _balanced(s, scene):
        return Promise.BALANCED
    return None


def _spooled(s: State) -> tuple[Batches, Batches]:
    """What the agents' disks hold, and what they have dropped and are about to report."""
    spooled = pending = 0
    for p in s.processes:
        spooled |= p.disk & ~p.doomed
        pending |= p.unreported
    return spooled, pending


def _balanced(s: State, scene: Scene) -> bool:
    """Whether the books, as last told and kept, name the fate of everything that was produced."""
    produced = spooled = dropped = settled = 0
    for page in s.file.books:
        if page:
            produced |= page.produced
            spooled |= page.spooled
            dropped |= page.dropped
            settled |= page.earlier
    settled |= (s.file.stored | s.history.dead_letters) & produced
    produced &= ~s.history.excused  # the books are right to miss what went with a disk
    if scene.obeys(Rule.SETS_NOT_SUMS):
        return not produced & ~(settled | spooled | dropped)
    return produced.bit_count() == settled.bit_count() + spooled.bit_count() + dropped.bit_count()


def settled(s: State, scene: Scene) -> bool:
    """Whether all that was accepted is durable or counted, every spool is empty and the agent has its assignment.

    The ledger must come to know it too: a page for every process, with nothing spooled.
    """
    if scene.ledger and not all(page and not page.spooled for page in s.file.books[: len(s.processes)]):
        return False
    past = s.history
    return (
        not any(p.disk | p.buffered for p in s.processes)
        and s.inventory.agents == s.inventory.current
        and not past.accepted & ~(past.excused | past.reported | past.dead_letters | s.database.kept)
    )
