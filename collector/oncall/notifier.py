"""The notifier: the one file that imports apprise. One message to one address, sent or not, within a bounded time.

An address is a secret, and the libraries below log addresses and raise errors with them. So nothing that they say while
we send reaches the log; the reason of a failure is told in words of ours.
"""

import logging
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import SecretStr

from collector.oncall.notice import Notice

if TYPE_CHECKING:
    from apprise import NotifyBase

CONNECT_S = 10.0
READ_S = 15.0
NAME = "Mangrove"

_REASONS = (  # the first that fits; each is searched in what the libraries said
    (re.compile(r"error=(\d{3})\b"), "answered {}"),
    (re.compile(r"Socket Exception: \((\d{3}), b"), "answered {}"),
    (re.compile(r"recipient \S+ was refused: (\d{3})"), "answered {} of the recipient"),
    (re.compile(r"CERTIFICATE_VERIFY_FAILED"), "its certificate is not trusted"),
    (re.compile(r"(?i)timed? ?out"), "did not answer in time"),
    (re.compile(r"(?i)connection refused"), "refuses connections"),
    (re.compile(r"(?i)resol|name or service|getaddrinfo"), "its host name is not known"),
    (re.compile(r"(?i)connection|socket exception"), "the connection failed"),
)


class NotifyError(Exception):
    """The message was not taken, or the address cannot be used; the text says why and holds nothing of the address."""


class Notifier(Protocol):
    """Whatever can carry a notice to an address."""

    def send(self, url: SecretStr, notice: Notice, /) -> None:
        """Return when the message was taken. Raises NotifyError."""


class AppriseNotifier:
    """Thread-safe."""

    def __init__(self) -> None:
        self._overheard = _Overheard()
        apprise = logging.getLogger("apprise")
        apprise.setLevel(logging.DEBUG)  # the reasons are there
        apprise.propagate = False
        apprise.addFilter(self._overheard)

    def check(self, url: SecretStr) -> None:
        """Find out whether an address can be used, without sending.

        Raises:
            NotifyError: it cannot.
        """
        with self._overheard.listen():
            problem = _attempt(lambda: _usable(url))
        if problem is not None:
            raise NotifyError(f"is no address that apprise can use{problem and f': {problem}'}")

    def send(self, url: SecretStr, notice: Notice) -> None:
        """Send a notice. Receivers of JSON get its key and action as fields, all others the key in the title. Where the
        address leaves the title out, it is the first line of the text.

        Raises:
            NotifyError: it was not taken.
        """
        with self._overheard.listen() as said:
            problem = _attempt(lambda: _send(url, notice))
        # Raised out here: a chained error of the libraries would carry the address into a traceback.
        if problem is not None:
            raise NotifyError(problem or _reason(said))


def _attempt(action: Callable[[], bool]) -> str | None:
    """Return None when it succeeded, else what went wrong, as far as it is known here."""
    try:
        return None if action() else ""
    except Exception as error:  # noqa: BLE001  # over a hundred services raise what they like, with the address in it
        return f"{type(error).__name__} in its plugin"


def _send(url: SecretStr, notice: Notice) -> bool:
    from apprise import NotifyFormat, NotifyType, OverflowMode

    settings = _settings(url)
    if settings is None:
        return False
    title, body = f"[#{notice.key}] {notice.title}", notice.body or notice.title
    if settings["schema"] in ("json", "jsons"):
        settings["payload"] = {"key": notice.key, "action": notice.action, **settings["payload"]}
    if settings.get("payload", {}).get("title") == "":  # `:title=` of JSON and forms; apprise does it for SMS services
        body = f"{title}\n{body}"
    service = _service(settings)
    if service is None:
        return False
    kinds = {"page": NotifyType.FAILURE, "repeat": NotifyType.FAILURE, "resolve": NotifyType.SUCCESS}
    return service.notify(
        body=body,
        title=title,
        notify_type=kinds.get(notice.action, NotifyType.INFO),
        body_format=NotifyFormat.TEXT,
        overflow=OverflowMode.TRUNCATE,  # one message or none: a part of one could not be told from the whole
    )


def _settings(url: SecretStr) -> dict[str, Any] | None:
    """Return what apprise reads in an address. Its plugins take 45 MB and 0.4 s: only who pages imports them."""
    from apprise.plugins import url_to_dict

    settings: dict[str, Any] | None = url_to_dict(url.get_secret_value())  # type: ignore[no-untyped-call]  # it is so
    if settings is not None:
        settings |= {"redirect": False, "cto": CONNECT_S, "rto": READ_S}
    return settings


def _service(settings: dict[str, Any]) -> "NotifyBase | None":
    from apprise import Apprise, AppriseAsset

    asset = AppriseAsset(
        app_id=NAME, app_desc=NAME, http_redirects=False, interpret_emojis=False, pgp_autogen=False, pem_autogen=False
    )
    return Apprise.instantiate(settings, asset=asset, suppress_exceptions=False)


def _usable(url: SecretStr) -> bool:
    settings = _settings(url)
    return settings is not None and _service(settings) is not None


def _reason(said: Iterable[str]) -> str:
    text = "\n".join(said)
    for pattern, words in _REASONS:
        if found := pattern.search(text):
            return words.format(*found.groups())
    return "was not taken"


class _Overheard(logging.Filter):
    """Takes what is logged in a thread that sends, by whatever library, and keeps it from the log."""

    def __init__(self) -> None:
        super().__init__()
        self._here = threading.local()

    @contextmanager
    def listen(self) -> Iterator[list[str]]:
        """Take what this thread's libraries say from here on."""
        for handler in logging.getLogger().handlers:
            handler.addFilter(self)  # once each
        self._here.said = said = list[str]()
        try:
            yield said
        finally:
            del self._here.said

    def filter(self, record: logging.LogRecord) -> bool:
        """As `logging.Filter`."""
        said: list[str] | None = getattr(self._here, "said", None)
        if said is None:
            return True
        said.append(record.getMessage())
        return False
