"""Many bodies to the disk, for whoever must know that all of them are there."""

import asyncio
from collections.abc import Sequence

from agents.committer import Committer


async def put_all(committer: Committer, bodies: Sequence[bytes]) -> bool:
    """Put bodies and wait for the disk. Returns whether it has all of them."""
    promised = [committer.put_durably(body) for body in bodies]
    ended = await asyncio.gather(*promised, return_exceptions=True)
    return not any(isinstance(one, BaseException) for one in ended)
