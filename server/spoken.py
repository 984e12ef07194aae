"""What walls are told to say: the sentence of an event, and those that they say by themselves."""

import math
from datetime import datetime, timedelta
from typing import Any, Final

from display.announce import Announcement, announcement, notice
from server import replies
from server.boards import Board
from server.domain import events as ev
from server.domain.announcements import Sentence
from server.domain.catalogue import Catalogue, Counter
from server.domain.ids import CounterId
from server.domain.text import Text
from server.domain.ticket import Ticket

Row = dict[str, Any]

#: A call is not spoken later than this.
_CALL_FOR: Final = timedelta(minutes=5)
#: Anything else is stale sooner.
ASIDE_FOR: Final = timedelta(minutes=2)
#: Somebody who is back in three hours is not waited for by the minute.
_LONGEST_PAUSE_MINUTES: Final = 180


def said(spoken: Announcement, catalogue: Catalogue) -> Row:
    """A sentence as the walls speak it: its words, one for each clip, and the order of languages."""
    return {
        "text": {"vi": spoken.text_vi, "en": spoken.text_en},
        "words": {"vi": spoken.words_vi, "en": spoken.words_en},
        "languages": list(catalogue.voice.languages),
    }


def by_themselves(catalogue: Catalogue) -> Row:
    """What a wall has to know beforehand, since it may have to say it alone; None is not said."""
    voice = catalogue.voice

    def sentence(kind: Sentence, minutes: int = 0) -> Row | None:
        if kind.value not in voice.speaks:
            return None
        return said(announcement(kind, minutes=minutes, catalogue=catalogue), catalogue)

    return {
        # Spoken after the alarm of an emergency notice.
        "attention": said(announcement(Sentence.EMERGENCY, catalogue=catalogue), catalogue),
        "closing": sentence(Sentence.CLOSING, voice.closing_minutes),
        "closing_minutes": voice.closing_minutes,
        "outage": sentence(Sentence.OUTAGE),
    }


def announced(recorded: ev.Recorded, board: Board) -> Row | None:
    """What an event makes the walls show and say; None for most events."""
    match recorded.event:
        case ev.TicketCalled() | ev.TicketResumed() | ev.TicketRecalled():
            return _call(recorded, board)
        case ev.TicketTransferred():
            return _forward(recorded, recorded.event, board)
        case ev.CounterPaused():
            return _pause(recorded, recorded.event, board)
        case ev.NoticePosted():
            return _notice(recorded, recorded.event, board.catalogue)
        case _:
            return None


def _call(recorded: ev.Recorded, board: Board) -> Row | None:
    event = recorded.event
    counter = _counter(getattr(event, "counter", None), board)
    ticket = _ticket(recorded, board)
    if ticket is None or counter is None:
        return None
    catalogue = board.catalogue
    is_recall = isinstance(event, ev.TicketRecalled)
    kind = Sentence.RECALL if is_recall else Sentence.CALL
    spoken = announcement(
        kind,
        number=ticket.number,
        counter=counter.number,
        times=ticket.calls,
        catalogue=catalogue,
    )
    more: Row = {}
    if is_recall and _is_last_call(ticket, catalogue):
        kind = Sentence.LAST_CALL
        last = announcement(kind, number=ticket.number, catalogue=catalogue)
        spoken = _one_after_the_other(spoken, last)
        # Shown below the number, which is already in large figures.
        more = {"line": {"vi": last.text_vi, "en": last.text_en}}
    return {
        "seq": recorded.seq,
        "kind": kind.value,
        "number": ticket.number,
        "counter": counter.number,
        **said(spoken, catalogue),
        **more,
        "expires_at": replies.instant(recorded.at + _CALL_FOR),
    }


def _is_last_call(ticket: Ticket, catalogue: Catalogue) -> bool:
    """Whether with this recall the policy lets the ticket be recorded as absent."""
    wanted = catalogue.policy.recalls_before_no_show
    return 0 < wanted == ticket.calls - 1 and "last_call" in catalogue.voice.speaks


def _one_after_the_other(first: Announcement, second: Announcement) -> Announcement:
    return Announcement(
        words_vi=first.words_vi + second.words_vi,
        words_en=first.words_en + second.words_en,
        text_vi=f"{first.text_vi} {second.text_vi}",
        text_en=f"{first.text_en} {second.text_en}",
    )


def _forward(recorded: ev.Recorded, event: ev.TicketTransferred, board: Board) -> Row | None:
    """The holder goes on to a counter. To a queue or an officer, nobody knows yet where that is."""
    counter, ticket = _counter(event.to_counter, board), _ticket(recorded, board)
    if ticket is None or counter is None or event.to_counter == event.from_counter:
        return None
    catalogue = board.catalogue
    source = _counter(event.from_counter, board)
    service = catalogue.service(ticket.service)
    spoken = announcement(
        Sentence.FORWARD, number=ticket.number, counter=counter.number, catalogue=catalogue
    )
    return {
        "seq": recorded.seq,
        "kind": Sentence.FORWARD.value,
        "number": ticket.number,
        "counter": counter.number,
        # The holder still stands where they were served.
        "from_counter": source.number if source else None,
        "service": replies.text(service.name) if service else {"vi": "", "en": ""},
        "direction": counter.direction.value,
        **said(spoken, catalogue),
        # Shown in any case: where somebody is to go is no matter of loudness.
        "aloud": Sentence.FORWARD.value in catalogue.voice.speaks,
        "expires_at": replies.instant(recorded.at + ASIDE_FOR),
    }


def _pause(recorded: ev.Recorded, event: ev.CounterPaused, board: Board) -> Row | None:
    """Told to those who wait for this counter, where there are any."""
    counter, catalogue = _counter(event.counter, board), board.catalogue
    if counter is None or Sentence.PAUSE.value not in catalogue.voice.speaks:
        return None
    waiting = board.state.waiting_counts()
    if not any(waiting.get(queue, 0) for queue in counter.queues):
        return None
    minutes = _minutes_until(event.return_at, recorded.at)
    kind = Sentence.PAUSE_MINUTES if minutes else Sentence.PAUSE
    spoken = announcement(kind, counter=counter.number, minutes=minutes, catalogue=catalogue)
    return {
        "seq": recorded.seq,
        "kind": Sentence.PAUSE.value,
        "number": "",
        "counter": counter.number,
        **said(spoken, catalogue),
        "expires_at": replies.instant(recorded.at + ASIDE_FOR),
    }


def _minutes_until(at: datetime | None, since: datetime) -> int:
    """Whole minutes, rounded up; 0 where it is not known or not told."""
    minutes = math.ceil((at - since) / timedelta(minutes=1)) if at else 0
    return minutes if 0 < minutes <= _LONGEST_PAUSE_MINUTES else 0


def _notice(recorded: ev.Recorded, event: ev.NoticePosted, catalogue: Catalogue) -> Row | None:
    languages = notice_languages(event, catalogue)
    if not languages:
        return None
    spoken = notice(Text(vi=event.text_vi, en=event.text_en))
    return {
        "seq": recorded.seq,
        "kind": "notice",
        "number": "",
        "counter": 0,
        **said(spoken, catalogue),
        "languages": languages,
        "expires_at": replies.instant(recorded.at + ASIDE_FOR),
    }


def notice_languages(event: ev.NoticePosted, catalogue: Catalogue) -> list[str]:
    """In which of the branch's languages a notice is spoken; none where it is only shown."""
    if not event.aloud or "notice" not in catalogue.voice.speaks:
        return []
    has = {"vi": bool(event.text_vi), "en": bool(event.text_en)}
    return [language for language in catalogue.voice.languages if has[language]]


def _ticket(recorded: ev.Recorded, board: Board) -> Ticket | None:
    return board.state.ticket(recorded.ticket) if recorded.ticket else None


def _counter(counter: CounterId | None, board: Board) -> Counter | None:
    return board.catalogue.counter(counter) if counter else None
