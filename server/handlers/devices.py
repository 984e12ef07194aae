"""What devices report, and what is put on the walls."""

from datetime import UTC, datetime, time, timedelta

from server.domain import commands as cmd
from server.domain import errors
from server.domain import events as ev
from server.domain.ticket import ENDED, refuse_if_stale
from server.handlers.shared import Decision, Log, find_ticket


def record_print(command: cmd.RecordPrint, log: Log) -> Decision:
    """A print job ended; the same job is recorded once."""
    ticket = find_ticket(log, command.ticket)
    if not command.code:
        event: ev.AnyEvent = ev.SlipPrinted(job=command.job, printer=command.printer)
    else:
        event = ev.SlipPrintFailed(job=command.job, printer=command.printer, code=command.code)
    return Decision([(ticket.id, event)], ticket.id)


def reprint(command: cmd.ReprintSlip, log: Log) -> Decision:
    """The slip of a live ticket of today, once more; one reprint at a time."""
    ticket = find_ticket(log, command.ticket)
    if ticket.status in ENDED:
        raise errors.WrongState(number=ticket.number, state=ticket.status.value)
    refuse_if_stale(ticket, None, log.business_date)
    return Decision([(ticket.id, ev.ReprintRequested())], ticket.id)


def waive(command: cmd.WaiveSlip, log: Log) -> Decision:
    """A ticket set aside for want of paper goes back to its place without it."""
    ticket = find_ticket(log, command.ticket)
    if not ticket.is_unprinted:
        raise errors.WrongState(number=ticket.number, state=ticket.status.value)
    refuse_if_stale(ticket, None, log.business_date)
    return Decision([(ticket.id, ev.SlipWaived())], ticket.id)


def record_announcement(command: cmd.RecordAnnouncement, log: Log) -> Decision:
    """A display acknowledged the last call of a ticket; acknowledgements of older ones are past."""
    if command.how not in ("shown", "spoken"):
        raise errors.BadValue(field="how", problem="shown, spoken")
    for state in log.counters():
        if state.call_seq == command.call_seq and state.ticket is not None:
            event = ev.CallAnnounced(
                display=command.display, call_seq=command.call_seq, how=command.how
            )
            return Decision([(state.ticket, event)])
    return Decision([])


def post_notice(command: cmd.PostNotice, log: Log) -> Decision:
    """A line of text on the walls of the branch."""
    if not command.text_vi.strip():
        raise errors.BadValue(field="text_vi", problem="empty")
    # Without an end it is for today: yesterday's "machine broken" on a wall is worse than none.
    tomorrow = datetime.combine(log.business_date + timedelta(days=1), time(), log.zone)
    event = ev.NoticePosted(
        text_vi=command.text_vi.strip()[:300],
        text_en=command.text_en.strip()[:300],
        until=command.until or tomorrow.astimezone(UTC),
        emergency=command.emergency,
        aloud=command.aloud and not command.emergency,
    )
    return Decision([(None, event)])


def withdraw_notice(command: cmd.WithdrawNotice, log: Log) -> Decision:
    """A notice that is still to be read is taken down."""
    posted = log.notice(command.notice)
    if posted is None or (posted.until is not None and posted.until <= log.now):
        raise errors.UnknownNotice(notice=command.notice)
    return Decision([(None, ev.NoticeWithdrawn(notice=command.notice))])
