"""The notifier with a real SMTP server and a real HTTP receiver: what arrives, and what is said when it does not."""

import logging
import socket
import socketserver
import threading
import traceback

import pytest
from collector.oncall.receivers import SECRET, HttpReceiver, MailServer, notice
from pydantic import SecretStr
from servers.ports import HOST, free_port

from collector.oncall import notifier as module
from collector.oncall.notice import Action
from collector.oncall.notifier import AppriseNotifier, NotifyError


@pytest.fixture
def notifier() -> AppriseNotifier:
    return AppriseNotifier()


def refusal(notifier: AppriseNotifier, url: str) -> NotifyError:
    with pytest.raises(NotifyError) as raised:
        notifier.send(SecretStr(url), notice())
    return raised.value


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Mất điện lưới: Trạm mẫu Năm Căn", "Ắc quy còn 62 %.\nKiểm tra máy phát."),
        ("Mains lost: sample site Nam Can", "Battery at 62 %.\nCheck the generator."),
        ("<b>&amp; *bold* $(id) {body} :smile:", "<script>alert(1)</script>\n\\n %s {0} [a](http://x.example)"),
    ],
)
def test_a_mail_arrives_as_it_was_written_as_text_and_with_its_key(
    notifier: AppriseNotifier, title: str, body: str
) -> None:
    with MailServer() as server:
        notifier.send(SecretStr(server.url()), notice("mains|nam-can-01|7", title=title, body=body))
        ((subject, text),) = server.mails()
    assert subject == f"[#mains|nam-can-01|7] {title}"
    assert text.rstrip("\n") == body
    assert b"text/html" not in server.raw[0]


def test_a_title_that_slipped_through_cannot_add_a_header(notifier: AppriseNotifier) -> None:
    with MailServer() as server:
        notifier.send(SecretStr(server.url()), notice(title="a\r\nBcc: evil@ttvt.example\r\n\r\nbody"))
        head = server.raw[0].partition(b"\r\n\r\n")[0]
    assert not [line for line in head.split(b"\r\n") if line.lower().startswith(b"bcc")]


@pytest.mark.parametrize(
    ("action", "kind"), [("page", "failure"), ("repeat", "failure"), ("resolve", "success"), ("test", "info")]
)
def test_a_json_receiver_gets_key_and_action_as_fields(notifier: AppriseNotifier, action: Action, kind: str) -> None:
    with HttpReceiver() as receiver:
        notifier.send(SecretStr(receiver.url()), notice("k-7", action, title="Tiêu đề", body="Thân"))
        (got,) = receiver.got
    assert (got["key"], got["action"], got["type"]) == ("k-7", action, kind)
    assert (got["title"], got["message"]) == ("[#k-7] Tiêu đề", "Thân")


@pytest.mark.parametrize("kind", ["json", "form"])
def test_an_sms_gateway_gets_the_fields_that_its_address_names_and_the_title_before_the_text(
    notifier: AppriseNotifier, kind: str
) -> None:
    with HttpReceiver() as receiver:
        url = receiver.url().replace("json:", f"{kind}:") + "?:to=0900000000&:message=text&:title="
        notifier.send(SecretStr(url), notice("k-7", title="Mất điện", body="Thân"))
        (got,) = receiver.got
    assert (got["to"], got["text"]) == ("0900000000", "[#k-7] Mất điện\nThân")
    assert "message" not in got
    assert "title" not in got


def test_a_redirect_is_not_followed(notifier: AppriseNotifier) -> None:
    with HttpReceiver() as other, HttpReceiver(302, location=other.url().replace("json:", "http:")) as receiver:
        assert str(refusal(notifier, f"{receiver.url()}?redirect=yes")) == "answered 302"
        assert other.paths == []


def test_a_receiver_that_never_answers_costs_no_more_than_the_timeout(
    notifier: AppriseNotifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READ_S", 0.3)
    with HttpReceiver("hang") as receiver:
        assert str(refusal(notifier, f"{receiver.url()}?rto=9999&cto=9999")) == "did not answer in time"


def test_a_mail_server_that_never_speaks_costs_no_more_than_the_timeout(
    notifier: AppriseNotifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CONNECT_S", 0.3)
    with socket.create_server((HOST, 0)) as silent:
        url = f"mailto://{HOST}:{silent.getsockname()[1]}/?from=a@ttvt.example&to=b@ttvt.example"
        assert str(refusal(notifier, url)) == "did not answer in time"


def test_the_reason_of_a_failure_is_told(notifier: AppriseNotifier) -> None:
    with HttpReceiver(503) as receiver:
        assert str(refusal(notifier, receiver.url())) == "answered 503"
    with MailServer("554 5.7.1 not today") as server:
        assert str(refusal(notifier, server.url())) == "answered 554"
    assert str(refusal(notifier, f"json://{HOST}:{free_port()}/")) == "refuses connections"
    assert str(refusal(notifier, "json://no-such-host.invalid/")) == "its host name is not known"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "foo://x",
        f"foo://{SECRET}",
        f"mailto://{SECRET}:{SECRET}@",
        f"slack://{SECRET}",
        "json://",
        f"http//{SECRET}",
    ],
)
def test_an_address_that_apprise_cannot_use_is_found_without_sending(notifier: AppriseNotifier, url: str) -> None:
    with pytest.raises(NotifyError, match="is no address that apprise can use"):
        notifier.check(SecretStr(url))
    with pytest.raises(NotifyError):
        notifier.send(SecretStr(url), notice())


def everything(error: BaseException) -> str:
    """All that a careless handler could print, the chain of causes too."""
    text = "".join(traceback.format_exception(error))
    while (following := error.__cause__ or error.__context__) is not None:
        error = following
        text += f"{error!s} {error!r}"
    return text


def test_an_address_is_in_no_log_and_no_error_however_it_fails(
    notifier: AppriseNotifier, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(1)
    logging.getLogger("apprise").addHandler(caplog.handler)  # what does not propagate is looked at as well
    try:
        with HttpReceiver(500) as receiver, MailServer("550 no") as mail:
            login = f"{SECRET}:{SECRET}@"
            urls = (
                f"{receiver.url()}?+Authorization={SECRET}&:token={SECRET}&-q={SECRET}",
                receiver.url().replace("json://", f"json://{login}"),
                receiver.url().replace("json://", f"form://{login}"),
                receiver.url().replace("json://", f"xml://{login}"),
                mail.url(login),
                f"mailto://{login}{HOST}:{free_port()}/?from=a@b.example&to={SECRET}@b.example",
                f"json://{HOST}:{free_port()}/{SECRET}",
                f"json://{SECRET}.invalid/{SECRET}",
                f"jsons://{HOST}:{receiver._server.server_port}/{SECRET}",
                f"tgram://123456789:{SECRET}-aaaaaaaaaaaaaaaaaaaaaa/nonsense?cto=x",
                f"slack://{SECRET}",
                f"foo://{SECRET}",
                SECRET,
            )
            texts = [everything(refusal(notifier, url)) for url in urls]
        out, err = capfd.readouterr()
        assert SECRET not in "".join(texts) + caplog.text + out + err
        assert SECRET not in "".join(repr(record.args) for record in caplog.records)
    finally:
        logging.getLogger("apprise").removeHandler(caplog.handler)


def test_strange_headers_of_a_receiver_do_not_get_the_address_into_the_log(
    notifier: AppriseNotifier, caplog: pytest.LogCaptureFixture
) -> None:
    class Strange(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.rfile.readline()
            self.wfile.write(b"HTTP/1.1 500 no\r\n: strange\r\nno header\r\nContent-Length: 0\r\n\r\n")

    caplog.set_level(1)
    with socketserver.ThreadingTCPServer((HOST, 0), Strange) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        refusal(notifier, f"json://{HOST}:{server.server_address[1]}/{SECRET}")
        server.shutdown()
        thread.join()
    assert SECRET not in caplog.text


def test_others_still_log(notifier: AppriseNotifier, caplog: pytest.LogCaptureFixture) -> None:
    with HttpReceiver() as receiver:
        notifier.send(SecretStr(receiver.url()), notice())
    logging.getLogger("urllib3.connection").warning("of another part")
    assert "of another part" in caplog.text
