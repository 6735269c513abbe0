"""From a thread to the loop, also while the process ends."""

import asyncio

from agents.to_loop import hand_over


def test_a_loop_that_is_closed_is_handed_nothing_and_nobody_is_hurt() -> None:
    loop = asyncio.new_event_loop()
    called: list[int] = []
    hand_over(loop, called.append, 1)
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    hand_over(loop, called.append, 2)
    assert called == [1]
