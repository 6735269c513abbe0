"""Dashboards into a running Grafana: the only file that imports grafana_api.

Always https with the certificate checked, no redirects, 5 s for each call, a service account's token. A dashboard that
somebody saves in the same moment is not overwritten: Grafana says 412.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, cast
from urllib.parse import urlsplit

from grafana_api.grafana_api import GrafanaException
from grafana_api.grafana_face import GrafanaFace
from pydantic import SecretStr

from contract.printable import printable
from dashboards.build import Built, Folder

TIMEOUT_S = 5.0
What = Literal["new", "changed", "same"]
_ADVICE = {
    401: "the token is not known: make one for a service account, and write it into the file",
    403: "the token has no right to do this: the service account needs the role Editor or Admin",
    404: "this is no Grafana 9.3 or newer: correct the URL",
    412: "somebody else saved it in the same moment, or its name is taken: look at it, then push again",
}


class PushError(Exception):
    """Grafana cannot be reached or refuses; the text says what to do, never the token."""


@dataclass(frozen=True, slots=True)
class Change:
    """What was done, or would be: with a folder or a dashboard."""

    what: What
    kind: Literal["folder", "dashboard"]
    uid: str
    title: str


class _Folders(Protocol):
    def get_folder(self, uid: str) -> dict[str, object]: ...
    def create_folder(self, title: str, uid: str) -> object: ...
    def update_folder(self, uid: str, title: str, *, overwrite: bool) -> object: ...


class _Dashboards(Protocol):
    def get_dashboard(self, dashboard_uid: str) -> dict[str, dict[str, object]]: ...
    def update_dashboard(self, dashboard: dict[str, object]) -> object: ...


class Grafana:
    """One Grafana."""

    def __init__(self, url: str, token: SecretStr, ca_file: Path | None = None) -> None:
        """Nothing is sent yet. `ca_file`: the authority of its certificate, when it is not one of the system's.

        Raises:
            PushError: the URL is no https, or no header can carry the token.
        """
        host, port, path = _parse(url)
        self._url, self._token = url, token
        if not (token.get_secret_value().isascii() and token.get_secret_value().isprintable()):
            raise PushError("the token is one line of ASCII letters, digits and signs: look into its file")
        face = GrafanaFace(
            auth=token.get_secret_value(),
            host=f"[{host}]" if ":" in host else host,
            port=port,
            url_path_prefix=f"{path}/" if path else "",
            protocol="https",
            verify=str(ca_file) if ca_file else True,
            timeout=TIMEOUT_S,
        )
        face.api.s.max_redirects = 0
        face.api.s.trust_env = False  # no proxy, and no other certificates than those that were named
        self._folders = cast("_Folders", face.folder)
        self._dashboards = cast("_Dashboards", face.dashboard)

    def push(self, built: Sequence[Built], *, dry: bool) -> Iterator[Change]:
        """Make folders and dashboards as they were built, yielding each when it is done; `dry`: only look.

        Raises:
            PushError: at the first thing that fails; what was yielded before is done. Pushing again is safe.
        """
        try:
            for folder in dict.fromkeys(one.folder for one in built):
                yield self._push_folder(folder, dry=dry)
            for one in built:
                yield self._push_dashboard(one, dry=dry)
        except GrafanaException as error:
            raise PushError(self._fit(_words(self._url, error))) from None
        except (OSError, ValueError) as error:  # every error of requests is an OSError
            reason = str(error).rpartition(": ")[2].rstrip("\"')")  # before it are the names of objects
            advice = "; --ca-file names who signed its certificate" if "certificate" in reason else ""
            raise PushError(self._fit(f"{self._url} gives no answer: {reason}{advice}")) from None
        except (AttributeError, LookupError, TypeError):
            raise PushError(f"{self._url} does not answer as Grafana does: {_ADVICE[404]}") from None

    def _push_folder(self, folder: Folder, *, dry: bool) -> Change:
        try:
            found = self._folders.get_folder(folder.uid)
        except GrafanaException as error:
            if error.status_code != 404:
                raise
            if not dry:
                self._folders.create_folder(folder.title, folder.uid)
            return Change("new", "folder", folder.uid, folder.title)
        if found.get("title") == folder.title:
            return Change("same", "folder", folder.uid, folder.title)
        if not dry:
            self._folders.update_folder(folder.uid, folder.title, overwrite=True)
        return Change("changed", "folder", folder.uid, folder.title)

    def _push_dashboard(self, built: Built, *, dry: bool) -> Change:
        wanted: dict[str, object] = json.loads(built.text)
        what: What = "new"
        try:
            found = self._dashboards.get_dashboard(built.uid)
        except GrafanaException as error:
            if error.status_code != 404:
                raise
        else:
            there, kept = found["dashboard"], ("id", "version")
            in_place = found["meta"].get("folderUid") == built.folder.uid
            same = {key: value for key, value in there.items() if key not in kept} == wanted
            what = "same" if same and in_place else "changed"
            wanted |= {key: there[key] for key in kept if key in there}
        if what != "same" and not dry:
            self._dashboards.update_dashboard(
                {"dashboard": wanted, "folderUid": built.folder.uid, "overwrite": False, "message": "mangrove"}
            )
        return Change(what, "dashboard", built.uid, built.board.title)

    def _fit(self, text: str) -> str:
        """Words of others: without the token, and on one line."""
        return printable(text.replace(self._token.get_secret_value(), "***"))


def _parse(url: str) -> tuple[str, int | None, str]:
    """Return host, port and path."""
    try:
        parts = urlsplit(url)
        if parts.scheme == "https" and parts.hostname and not parts.username and not parts.query:
            return parts.hostname, parts.port, parts.path.strip("/")
    except ValueError:
        pass  # said below
    raise PushError("the URL is https://HOST[:PORT][/PATH]: a token must not travel in clear text")


def _words(url: str, error: GrafanaException) -> str:
    advice = _ADVICE.get(error.status_code, "see Grafana's log")
    return f"{url}: {' '.join(str(error.message).split())[:300]}: {advice}"
