"""Plain values out of YAML text, with the line of each key. Safe for texts that come from the broker.

Its depth is checked on the parser's events first, since composing nests calls; aliases are followed, but never to more
nodes than a text of this length could spell out. No message repeats what the text says: it may be a secret.
"""

import re

import yaml

Key = tuple[str | int, ...]
Found = tuple[int, Key, str]
MAX_DEPTH = 32
MAX_SCALAR = 100  # of one that is not text: a number in base 60 costs the square of its length

_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is five times faster


# YAML 1.1 clause 5.1; lone surrogates are outside of it too.
STRANGE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class TreeError(ValueError):
    """A text that is no YAML, or more than we read. `line` counts from 1; 0 when it is not known."""

    def __init__(self, line: int, message: str) -> None:
        self.line = line
        super().__init__(message)


def read(text: str, lines: dict[Key, int]) -> tuple[object, list[Found]]:
    """Return the value of a text, {} for an empty one, and what is wrong with single nodes; fill `lines`.

    Raises:
        TreeError: it cannot be read at all.
    """
    node = _compose(text)
    if node is None:
        return {}, []
    reader = _Reader(lines, 2 * len(text) + 100)
    return reader.value(node, ()), reader.found


def _compose(text: str) -> yaml.Node | None:
    if strange := STRANGE.search(text):
        raise TreeError(text.count("\n", 0, strange.start()) + 1, "is not YAML: it has a character that is not text")
    try:
        depth = 0
        for event in yaml.parse(text, Loader=_LOADER):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise TreeError(_mark(event.start_mark), f"is nested deeper than {MAX_DEPTH}")
        return yaml.compose(text, Loader=_LOADER)
    except yaml.composer.ComposerError as error:
        line, what = _line(error), "a text that begins with * or & needs quotes, an alias needs its anchor"
        if "document" in str(error.context):
            what = "it has more than one document"
    except yaml.MarkedYAMLError as error:
        # The pure Python loader quotes what it found, libyaml does not.
        quiet = _LOADER is not yaml.SafeLoader and error.problem
        line, what = _line(error), quiet or "it cannot be read from here on"
    raise TreeError(line, f"is not YAML: {what}")


def _line(error: yaml.MarkedYAMLError) -> int:
    return _mark(error.problem_mark or error.context_mark)


def _mark(mark: "yaml.error.Mark | yaml._yaml.Mark | None") -> int:
    return mark.line + 1 if mark else 0


class _Reader:
    def __init__(self, lines: dict[Key, int], most: int) -> None:
        self._lines, self._left = lines, most
        self._scalars = yaml.SafeLoader("")
        self.found: list[Found] = []

    def value(self, node: yaml.Node, key: Key) -> object:
        self._left -= 1
        line = node.start_mark.line + 1
        if self._left < 0 or len(key) > MAX_DEPTH:
            raise TreeError(line, "is too large: its aliases (*) stand for more than they may")
        self._lines.setdefault(key, line)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*key, i)) for i, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, key)
        if node.tag == "tag:yaml.org,2002:str":
            return node.value
        try:
            if len(node.value) > MAX_SCALAR:
                raise ValueError  # noqa: TRY301  # said below, as of every value that YAML takes for a number or a date
            scalar: object = self._scalars.construct_object(node)
        except (yaml.YAMLError, ValueError, OverflowError):
            self.found.append((line, key, "cannot be read as the value that YAML takes it for: put it in quotes"))
            return None
        return scalar

    def _mapping(self, node: yaml.MappingNode, key: Key) -> dict[str | int, object]:
        out: dict[str | int, object] = {}
        for name_node, value_node in node.value:
            line = name_node.start_mark.line + 1
            name = self.value(name_node, (*key, "<key>"))
            if isinstance(name, bool) or not isinstance(name, str | int):
                self.found.append((line, key, "a key is a word or a whole number: put it in quotes"))
                continue
            at: Key = (*key, name)
            if name in out:
                self.found.append((line, at, f"is given twice (also in line {self._lines[at]})"))
            self._lines[at] = line
            out[name] = self.value(value_node, at)
        return out
