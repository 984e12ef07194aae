"""What a branch says of its alerts: how often, to whom besides the page, and which rules rest."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """Addresses are those of an office, never of a citizen: they stand in the log."""

    #: The same cause raises no further alert so soon after the last one.
    dead_minutes: int = 30
    #: Who gets an e-mail for each alert.
    mail: tuple[str, ...] = ()
    #: Where each alert is posted, signed.
    webhooks: tuple[str, ...] = ()
    #: Rules that raise nothing here.
    quiet: tuple[str, ...] = ()
