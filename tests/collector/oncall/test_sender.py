"""The sender with real receivers: at least once, in order, with the same key, whatever one channel does."""

import logging
import sqlite3
import threading
import time
from pathlib import Path

import pytest
from collector.oncall.receivers import HttpReceiver, MailServer, make_outbox, notice, sending, until
from pydantic import SecretStr
from servers.ports import HOST, free_port

from collector.database import Database
from collector.oncall import notice as notice_module
from collector.oncall import notifier as notifier_module
from collector.oncall import sender as module
from collector.oncall.notice import Notice
from collector.oncall.notifier import AppriseNotifier, NotifyError
from collector.oncall.outbox import Outbox
from collector.oncall.sender import Sender

SMS_AND_MAIL = ["sms", "mail"]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def make_sender(outbox: Outbox, **urls: str) -> Sender:
    return Sender(outbox, AppriseNotifier(), {name: SecretStr(url) for name, url in urls.items()})


def settled(outbox: Outbox) -> list[str]:
    return [one.outcome for one in reversed(outbox.recent(100))]


def test_page_repeat_and_resolve_arrive_once_each_in_order_with_one_key(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    with HttpReceiver() as receiver:
        sender = make_sender(outbox, sms=receiver.url())
        with sending(sender):
            for action in ("page", "repeat", "resolve"):
                outbox.add(notice("k-1", action), now_ms())
                sender.wake()
                until(lambda: "waiting" not in settled(outbox), "it is sent")
    assert receiver.named() == [("k-1", "page"), ("k-1", "repeat"), ("k-1", "resolve")]
    assert settled(outbox) == ["sent"] * 3


def test_a_receiver_that_fails_at_first_gets_the_same_again_and_the_resolve_after_it(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    with HttpReceiver(500, 200) as receiver, sending(make_sender(outbox, sms=receiver.url())):
        outbox.add(notice("k-1"), now_ms())
        outbox.add(notice("k-1", "resolve"), now_ms())
        until(lambda: settled(outbox) == ["sent", "sent"], "both are sent")
    assert receiver.named() == [("k-1", "page"), ("k-1", "page"), ("k-1", "resolve")]
    assert receiver.got[0] == receiver.got[1]


def test_a_channel_that_fails_leaves_it_to_the_next_one_with_the_same_key(tmp_path: Path) -> None:
    outbox = Outbox(Database(tmp_path / "state.sqlite"), {"ca-truc-1": SMS_AND_MAIL}, 300)
    with MailServer() as mail, sending(make_sender(outbox, sms=f"json://{HOST}:{free_port()}/", mail=mail.url())):
        outbox.add(notice("k-1", title="Mất điện lưới"), now_ms())
        until(lambda: settled(outbox) == ["sent"], "it is sent")
        ((subject, _),) = mail.mails()
    assert subject == "[#k-1] Mất điện lưới"
    assert outbox.of("k-1")[0].channel == "mail"


def test_receivers_that_never_answer_hold_up_no_other_channel_and_not_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "END_S", 1.0)
    slow = [f"slow-{i}" for i in range(20)]
    outbox = make_outbox(tmp_path, ca_truc_1=["good"], **{name: [name] for name in slow})
    with HttpReceiver("hang") as silent, HttpReceiver() as receiver:
        sender = make_sender(outbox, good=receiver.url(), **dict.fromkeys(slow, silent.url()))
        with sending(sender):
            for name in slow:
                outbox.add(notice(f"k-{name}", person=name), now_ms())
            sender.wake()
            until(lambda: len(silent.got) == len(slow), "all slow ones are being tried")
            outbox.add(notice("k-good"), now_ms())
            sender.wake()
            until(lambda: receiver.got, "the good one is sent", 2.0)
            began = time.monotonic()
        assert time.monotonic() - began < module.END_S + 2


def test_a_receiver_that_goes_on_for_ever_is_late_then_failed_and_tried_again_within_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "LATE_S", 0.3)
    monkeypatch.setattr(module, "SAY_EVERY_S", 0.0)
    outbox = Outbox(Database(tmp_path / "state.sqlite"), {"ca-truc-1": SMS_AND_MAIL}, 1000)
    with (
        HttpReceiver("drip") as endless,
        HttpReceiver() as receiver,
        sending(make_sender(outbox, sms=endless.url(), mail=receiver.url())),
    ):
        outbox.add(notice("k-1"), now_ms())
        until(lambda: settled(outbox) == ["sent"], "the other channel has sent it")
        for i in range(2, 8):
            outbox.add(notice(f"k-{i}"), now_ms())
        until(lambda: settled(outbox) == ["sent"] * 7, "all are sent by the other channel", 40)
    assert len(endless.got) == module.MAX_LATE
    assert "channel sms fails, its notices wait: is not done after 0 s" in caplog.text


class Scripted:
    """A notifier that a test plays."""

    def __init__(self, *errors: Exception | None) -> None:
        self.sent: list[Notice] = []
        self._errors = list(errors)

    def send(self, _url: SecretStr, notice: Notice) -> None:
        """As the protocol says."""
        self.sent.append(notice)
        if self._errors and (error := self._errors.pop(0)):
            raise error


def test_what_was_sent_but_could_not_be_noted_is_noted_later_and_not_sent_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    outbox = make_outbox(tmp_path)
    first, second = outbox.add(notice("k-1"), now_ms()), outbox.add(notice("k-2"), now_ms())
    notifier = Scripted()
    sender = Sender(outbox, notifier, {"sms": SecretStr("x")})
    sender.step(now_ms())
    until(lambda: notifier.sent, "it is sent")
    lock = sqlite3.connect(tmp_path / "state.sqlite", isolation_level=None)
    lock.execute("begin immediate")
    sender.step(now_ms())  # waits for the lock as long as the file's timeout
    assert "nothing is sent, since it could not be noted" in caplog.text
    lock.execute("rollback")
    lock.close()

    def noted() -> bool:
        sender.step(now_ms())
        return "waiting" not in settled(outbox)

    until(noted, "both are noted")
    assert [one.key for one in notifier.sent] == ["k-1", "k-2"]
    assert [outbox.entry(one).tries for one in (first, second)] == [1, 1]  # type: ignore[union-attr]  # they are there


def test_a_bug_in_a_notifier_is_said_and_ends_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notice_module, "FIRST_WAIT_MS", 50)
    outbox = make_outbox(tmp_path)
    notifier = Scripted(ZeroDivisionError(), NotifyError("answered 500"))
    outbox.add(notice("k-1"), now_ms())
    with sending(Sender(outbox, notifier, {"sms": SecretStr("x")})):
        until(lambda: settled(outbox) == ["sent"], "it is sent")
    assert len(notifier.sent) == 3
    assert "a bug: a notice was not sent" in caplog.text


def test_what_is_on_its_way_at_the_end_is_noted_and_does_not_go_twice(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    release, began = threading.Event(), threading.Event()

    class Slow:
        def send(self, _url: SecretStr, _notice: Notice) -> None:
            began.set()
            release.wait(10)

    outbox.add(notice("k-1"), now_ms())
    with sending(Sender(outbox, Slow(), {"sms": SecretStr("x")})):
        until(began.is_set, "it is on its way")
        threading.Timer(0.5, release.set).start()
    assert settled(outbox) == ["sent"]


def test_a_storm_is_said_once_a_minute_and_not_for_each_notice(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    outbox = make_outbox(tmp_path)
    with HttpReceiver(503) as receiver, sending(make_sender(outbox, sms=receiver.url())):
        for i in range(20):
            outbox.add(notice(f"k-{i}"), now_ms())
        until(lambda: len(receiver.got) >= 20, "all were tried")
    assert [record.getMessage() for record in caplog.records] == ["channel sms fails, its notices wait: answered 503"]


def test_a_mail_login_that_is_refused_is_told_without_the_login(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifier_module, "CONNECT_S", 2.0)
    outbox = make_outbox(tmp_path)
    with MailServer() as mail, sending(make_sender(outbox, sms=mail.url("user:kenh-canary-7719@"))):
        number = outbox.add(notice(action="test"), now_ms())
        until(lambda: settled(outbox) == ["given up"], "it has failed")
    found = outbox.entry(number)
    assert found is not None
    assert found.error.startswith("sms: ")
    assert "kenh-canary-7719" not in found.error + caplog.text
