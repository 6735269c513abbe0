"""The on-call file read, and what in it leads nowhere, overlaps, or cannot be used."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr

from collector.oncall.config import NEXT, ON_CALL, OnCall
from collector.oncall.notifier import AppriseNotifier, NotifyError
from contract.config_file import ConfigError, Key, Loaded, Problem, did_you_mean, load
from contract.secret import SecretError


def read_oncall(path: Path) -> OnCall:
    """Read the file and leave the secrets alone.

    Raises:
        ConfigError: with every problem.
    """
    return _checked(path).value


def load_oncall(path: Path) -> tuple[OnCall, dict[str, SecretStr]]:
    """Read the file and the URL of each channel. Files of secrets are relative to its folder.

    Raises:
        ConfigError: with every problem, also of URLs that are not there or that apprise cannot use.
    """
    loaded = _checked(path)
    notifier = AppriseNotifier()
    urls: dict[str, SecretStr] = {}
    problems: list[Problem] = []
    for name, channel in loaded.value.channels.items():
        try:
            urls[name] = channel.url.read(path.parent)
            notifier.check(urls[name])
        except (SecretError, NotifyError) as error:
            problems.append(loaded.problem(("channels", name, "url"), str(error)))
    if problems:
        raise ConfigError(problems)
    return loaded.value, urls


def _checked(path: Path) -> Loaded[OnCall]:
    loaded = load(path, OnCall)
    problems = [*_references(loaded), *_overlaps(loaded)]
    if problems:
        raise ConfigError(sorted(problems, key=lambda problem: problem.line))
    return loaded


def _references(loaded: Loaded[OnCall]) -> Iterator[Problem]:
    """Names that lead nowhere, and names that mean something else."""
    oncall = loaded.value
    for reserved in {ON_CALL, NEXT} & oncall.people.keys():
        yield loaded.problem(("people", reserved), "is the word for whoever has that turn: call the person otherwise")
    for name, person in oncall.people.items():
        for i, channel in enumerate(person.channels):
            key = ("people", name, "channels", i)
            if channel not in oncall.channels:
                yield loaded.problem(key, f"there is no channel {channel}" + did_you_mean(channel, oncall.channels))
            elif channel in person.channels[:i]:
                yield loaded.problem(key, f"{channel} is given twice")
    people = oncall.people.keys()
    named: list[tuple[Key, str]] = [(("rotation", "order", i), name) for i, name in enumerate(oncall.rotation.order)]
    named += [(("rotation", "overrides", i, "person"), one.person) for i, one in enumerate(oncall.rotation.overrides)]
    told: list[tuple[Key, str]] = [
        (("escalation", "steps", i, "notify", j), name)
        for i, step in enumerate(oncall.escalation.steps)
        for j, name in enumerate(step.notify)
    ]
    for places, known in ((named, people), (told, people | {ON_CALL, NEXT})):
        for place, name in places:
            if name not in known:
                yield loaded.problem(place, f"there is no person {name}" + did_you_mean(name, known))


def _overlaps(loaded: Loaded[OnCall]) -> Iterator[Problem]:
    overrides = sorted(enumerate(loaded.value.rotation.overrides), key=lambda one: one[1].since)
    latest: tuple[int, datetime] | None = None
    for i, one in overrides:
        if latest is not None and one.since < latest[1]:
            text = f"overlaps with overrides.{latest[0]}: who is on call then?"
            yield loaded.problem(("rotation", "overrides", i), text)
        if latest is None or one.until > latest[1]:
            latest = (i, one.until)
