"""One function per command: read what it needs, decide, return the events. Nothing is written here."""

from collections.abc import Callable
from typing import Any, Final

from server.domain import commands as cmd
from server.handlers import alerts, blocks, citizens, desk, devices, occupancy, policies, rosters
from server.handlers.shared import Decision, Log

__all__ = ["HANDLERS", "Decision", "Log"]

HANDLERS: Final[dict[type[cmd.AnyCommand], Callable[[Any, Log], Decision]]] = {
    cmd.IssueTicket: citizens.issue,
    cmd.GrantBlock: blocks.grant,
    cmd.HandInTicket: blocks.hand_in,
    cmd.ReportPrinter: blocks.report_printer,
    cmd.CallNext: desk.call_next,
    cmd.CallTicket: desk.call_ticket,
    cmd.RecallTicket: desk.recall,
    cmd.StartService: desk.start,
    cmd.CompleteService: desk.complete,
    cmd.RecordNoShow: desk.no_show,
    cmd.ParkTicket: desk.park,
    cmd.ResumeTicket: desk.resume,
    cmd.TransferTicket: desk.transfer,
    cmd.AddService: desk.add_service,
    cmd.UndoLast: desk.undo,
    cmd.ReinstateTicket: desk.reinstate,
    cmd.CancelTicket: citizens.cancel,
    cmd.YieldPlace: citizens.yield_place,
    cmd.ConfirmPriority: desk.confirm_priority,
    cmd.ChangePriority: desk.change_priority,
    cmd.OpenCounter: occupancy.open_counter,
    cmd.PauseCounter: occupancy.pause_counter,
    cmd.ResumeCounter: occupancy.resume_counter,
    cmd.CloseCounter: occupancy.close_counter,
    cmd.HandOverCounter: occupancy.hand_over,
    cmd.ReleaseCounter: occupancy.release_counter,
    cmd.RateTicket: citizens.rate,
    cmd.SettleFollowUp: citizens.settle_follow_up,
    cmd.RecordPrint: devices.record_print,
    cmd.ReprintSlip: devices.reprint,
    cmd.WaiveSlip: devices.waive,
    cmd.RecordAnnouncement: devices.record_announcement,
    cmd.PostNotice: devices.post_notice,
    cmd.WithdrawNotice: devices.withdraw_notice,
    cmd.PublishPolicy: policies.publish,
    cmd.WithdrawPolicy: policies.withdraw,
    cmd.RaiseAlert: alerts.raise_alert,
    cmd.AcknowledgeAlert: alerts.acknowledge,
    cmd.ClearAlert: alerts.clear,
    cmd.DeclareAbsence: rosters.declare_absence,
    cmd.WithdrawAbsence: rosters.withdraw_absence,
    cmd.PublishRoster: rosters.publish,
    cmd.CloseDay: occupancy.close_day,
}
