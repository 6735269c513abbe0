"""Breadth-first search over every interleaving: the shortest way to a broken promise, and whether all settles."""

import gc
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from model.agent import agent_steps
from model.collector import collector_steps
from model.promises import broken_promise, settled
from model.rules import Promise, Scene
from model.state import Batches, State, Step, name
from model.world import world_steps


class Verdict(NamedTuple):
    """What was found: the promise that is broken, if any, and the shortest story that leads there."""

    broken: Promise | None
    states: int
    story: tuple[str, ...]


class Origin(NamedTuple):
    """How a state was first reached."""

    before: int
    label: str
    batches: Batches


def next_steps(s: State, scene: Scene) -> Iterator[Step]:
    """Everything that can happen next."""
    yield from agent_steps(s, scene)
    yield from collector_steps(s, scene)
    yield from world_steps(s, scene)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """The search keeps millions of tuples and makes no cycles; looking for some would take a third of its time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@_no_garbage_collection()
def explore(scene: Scene) -> Verdict:
    """Visit every state of the scene, or stop at the first that breaks a promise."""
    start = State(budget=scene.budget)
    numbers = {start: 0}
    states = [start]
    origins = [Origin(-1, "", 0)]
    own_from, own_to = array("I"), array("I")
    for at, state in enumerate(states):  # grows meanwhile
        for label, batches, by, after in next_steps(state, scene):
            number = numbers.get(after)
            if number is None:
                number = numbers[after] = len(states)
                states.append(after)
                origins.append(Origin(at, label, batches))
                broken = broken_promise(after, scene)
                if broken:
                    return Verdict(broken, len(states), _story(origins, number))
            if by == "system":
                own_from.append(at)
                own_to.append(number)
    stuck = _first_that_cannot_reach([settled(state, scene) for state in states], own_from, own_to)
    if stuck is not None:
        return Verdict(Promise.SETTLES, len(states), _story(origins, stuck))
    return Verdict(None, len(states), ())


def _story(origins: list[Origin], number: int) -> tuple[str, ...]:
    told: list[str] = []
    while number:
        number, label, batches = origins[number]
        told.append(label.format(name(batches)))
    return tuple(reversed(told))


def _first_that_cannot_reach(goal: list[bool], sources: Sequence[int], targets: Sequence[int]) -> int | None:
    """The first state from which no goal is reached by the given steps."""
    before: list[list[int]] = [[] for _ in goal]
    for source, target in zip(sources, targets, strict=True):
        before[target].append(source)
    reaches = list(goal)
    todo = [number for number, is_goal in enumerate(goal) if is_goal]
    while todo:
        for source in before[todo.pop()]:
            if not reaches[source]:
                reaches[source] = True
                todo.append(source)
    return reaches.index(False) if False in reaches else None
