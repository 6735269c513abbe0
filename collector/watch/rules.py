"""Alert rules: when something is wrong, for how long it must be so, and whether it wakes somebody. Data, checked."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contract.catalog import Catalog, Text, UnknownError
from contract.config_file import ConfigError, Loaded, Problem, did_you_mean, load
from contract.messages import Slug

Seconds = Annotated[float, Field(ge=0, le=30 * 86_400)]
Level = Annotated[float, Field(allow_inf_nan=False)]


class Rule(Text):
    """What all rules have. `severity` in the words of X.733; `page`: it wakes the person on call; `cause`: what it
    points to. It fires after `for_s` seconds without a break, and resolves after `keep_firing_for_s` seconds without a
    sign. `roles`: only elements of these roles."""

    severity: Literal["critical", "major", "minor", "warning"] = "major"
    page: bool = False
    cause: Literal["power", "transmission", "equipment", "environment", "monitoring"] = "equipment"
    for_s: Seconds = 0.0
    keep_firing_for_s: Seconds = 0.0
    roles: tuple[Slug, ...] = ()


class Unreachable(Rule):
    """A polled device does not answer, though what it is reached through does. `cuts_off`: only one that cuts others
    off, which do not answer either."""

    kind: Literal["unreachable"]
    cuts_off: bool = False


class Absent(Rule):
    """Nothing is heard: of a sensor while its agent is heard, or of an agent."""

    kind: Literal["absent"]
    of: Literal["sensor", "agent"]


class Threshold(Rule):
    """A value is above or below a level. It is over only at `clear`, on the other side of it: between both nothing
    changes."""

    kind: Literal["threshold"]
    measurement: str
    field: str
    above: Level | None = None
    below: Level | None = None
    clear: Level | None = None

    @model_validator(mode="after")
    def _levels(self) -> "Threshold":
        if (self.above is None) == (self.below is None):
            raise ValueError("either `above` or `below`")
        if self.clear is not None and self.above is not None and self.clear > self.above:
            raise ValueError(f"`clear` {self.clear} is above `above` {self.above}: it would fire and be over at once")
        if self.clear is not None and self.below is not None and self.clear < self.below:
            raise ValueError(f"`clear` {self.clear} is below `below` {self.below}: it would fire and be over at once")
        return self

    def judge(self, value: float) -> Literal["true", "clear", "between"]:
        """Say what a value means."""
        fires = value > self.above if self.above is not None else self.below is not None and value < self.below
        if fires:
            return "true"
        if self.clear is None:
            return "clear"
        over = value <= self.clear if self.above is not None else value >= self.clear
        return "clear" if over else "between"


def is_about_us(rule: Rule | None) -> bool:
    """Whether a rule is about what watches, not about what is watched."""
    return isinstance(rule, Absent) and rule.of == "agent"


AnyRule = Annotated[Unreachable | Absent | Threshold, Field(discriminator="kind")]


class RuleFile(BaseModel):
    """One file of rules, by name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: dict[Slug, AnyRule]


Rules = dict[str, Unreachable | Absent | Threshold]


def load_rules(folder: Path, catalog: Catalog) -> Rules:
    """Read every rule of a folder.

    Raises:
        ConfigError: with every problem of every file.
    """
    rules: Rules = {}
    problems: list[Problem] = []
    files = sorted(folder.glob("*.yaml"))
    if not files:
        problems.append(Problem(str(folder), 0, "", "has no rules (*.yaml)"))
    for path in files:
        try:
            loaded = load(path, RuleFile)
        except ConfigError as error:
            problems += error.problems
            continue
        problems += check(loaded, catalog)
        for name, rule in loaded.value.rules.items():
            if name in rules:
                problems.append(loaded.problem(("rules", name), f"{name} is also in another file of {folder}"))
            rules[name] = rule
    if problems:
        raise ConfigError(problems)
    return rules


def check(loaded: Loaded[RuleFile], catalog: Catalog) -> list[Problem]:
    """Return the rules whose field the catalog does not have."""
    out: list[Problem] = []
    for name, rule in loaded.value.rules.items():
        if not isinstance(rule, Threshold):
            continue
        try:
            catalog.field(rule.measurement, rule.field)
            if catalog.measurement(rule.measurement).derived:
                text = f"{rule.measurement} is worked out by the collector: rules are about what is read"
                out.append(loaded.problem(("rules", name, "measurement"), text))
        except UnknownError as error:
            spec = catalog.measurements.get(rule.measurement)
            wrong, key, known = (rule.field, "field", spec.fields) if spec else (rule.measurement, "measurement", {})
            hint = did_you_mean(wrong, known or catalog.measurements)
            out.append(loaded.problem(("rules", name, key), f"{error}{hint}"))
    return out
