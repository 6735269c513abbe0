"""What is on its way is bounded in messages and in bytes."""

from dataclasses import dataclass

from contract.window import Window


@dataclass
class _Sent:
    published: bool = False

    def is_published(self) -> bool:
        return self.published


def test_a_window_is_full_at_its_number_of_messages() -> None:
    window, sent = Window(2, 1000), [_Sent(), _Sent()]
    for one in sent:
        assert window.has_room(1)
        window.add(one, 1)
    assert not window.has_room(1)
    sent[0].published = True
    assert window.has_room(1)


def test_a_window_is_full_at_its_number_of_bytes() -> None:
    window, sent = Window(100, 10), _Sent()
    window.add(sent, 6)
    assert window.has_room(4)
    assert not window.has_room(5)
    sent.published = True
    assert window.has_room(5)


def test_one_message_larger_than_the_window_may_go_alone() -> None:
    window = Window(100, 10)
    assert window.has_room(1000)
    window.add(_Sent(), 1000)
    assert not window.has_room(0)
