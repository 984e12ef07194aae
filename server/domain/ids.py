"""Typed ids, so that passing a service where a counter is expected is a type error (rule D10)."""

from typing import NewType

BranchId = NewType("BranchId", str)
QueueId = NewType("QueueId", str)
ServiceId = NewType("ServiceId", str)
ProcedureId = NewType("ProcedureId", str)
CounterId = NewType("CounterId", str)
TicketId = NewType("TicketId", str)
