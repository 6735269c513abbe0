"""The same values as others ask for them, for a comparison: a GET for each scalar, a walk for each column."""

from agents.plan import Plan
from agents.snmp.errors import NoAnswer
from agents.snmp.results import Exchange
from agents.snmp.session import Session

REPETITIONS = 10
"""max-repetitions of Telegraf's snmp input unless it is told otherwise."""


async def column_by_column(session: Session, plan: Plan) -> list[Exchange]:
    """Ask for every object of the plan in turn and return the packets; what the device does not have costs one, too.
    Ends where the device falls silent."""
    done: list[Exchange] = []
    session.watch(done.append)
    try:
        for table in plan.tables:
            for oid in table.scalars() or table.objects():
                got = await (session.read([oid]) if table.scalar else session.walk([oid]))
                if isinstance(got.error, NoAnswer):
                    return done
    finally:
        session.watch(None)
    return done
