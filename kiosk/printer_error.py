"""What can be said of a slip that was not confirmed."""


class PrinterError(Exception):
    """The slip did not come out, or nobody can say; `code` is what the log records.

    `nothing_sent`: no byte left, it may be tried again. `unconfirmed`: paper may have come out, so
    it is never tried again by itself. `why` is for whoever looks after the printer.
    """

    def __init__(self, code: str, why: str) -> None:
        super().__init__(f"{code}: {why}")
        self.code = code
        self.why = why
