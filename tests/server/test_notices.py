"""Notices on the walls: emergencies first, taken down once, the same from the log and from the rows."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from server import logbook
from server.boards import Board
from server.domain import commands as cmd
from server.domain.errors import UnknownNotice
from tests.server.office import BRANCH, Office, installed


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    with installed(database_url) as engine:
        yield Office(engine)


def _shown(office: Office) -> list[tuple[str, bool]]:
    view = Board(office.engine, BRANCH, lambda: office.now).view()
    return [(row["text"]["vi"], row["emergency"]) for row in view.notices().values()]


def _post(office: Office, words: str, **more: object) -> int:
    office.execute(cmd.PostNotice, words, text_vi=words, **more)
    return office.events()[-1].seq


def test_an_emergency_stands_before_all_others_until_it_is_taken_down(office: Office) -> None:
    fire = _post(office, "Mời mọi người ra cửa chính", emergency=True)
    for n in range(6):
        _post(office, f"Thông báo {n}")
    assert _shown(office)[0] == ("Mời mọi người ra cửa chính", True)
    assert len(_shown(office)) == 5
    office.execute(cmd.WithdrawNotice, "over", notice=fire)
    assert _shown(office)[0] == ("Thông báo 5", False)
    assert logbook.verify(office.engine, BRANCH) == []
    logbook.rebuild(office.engine, BRANCH)
    assert logbook.verify(office.engine, BRANCH) == []
    assert [words for words, _ in _shown(office)] == [f"Thông báo {n}" for n in (5, 4, 3, 2, 1)]


def test_what_is_not_on_the_walls_is_not_taken_down(office: Office) -> None:
    seq = _post(office, "Máy số 2 hỏng", until=office.now + timedelta(hours=1))
    for wrong in (seq + 1, 1):
        with pytest.raises(UnknownNotice):
            office.execute(cmd.WithdrawNotice, f"wrong {wrong}", notice=wrong)
    office.now += timedelta(hours=2)
    with pytest.raises(UnknownNotice):
        office.execute(cmd.WithdrawNotice, "too late", notice=seq)
    assert office.events()[-1].seq == seq
