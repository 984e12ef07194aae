"""What may be wrong with the shifts of a branch file, each with its line, place and fix."""


def _shift(lines: str) -> str:
    return f"[[roster]] «at»\n{lines}\n[hours]"


_GOOD = 'counter = 1\ndays = ["monday"]\nopens = "08:00"\ncloses = "11:00"'

#: Old text, new text, code, path, part of the fix: as in `test_branchfile.MISTAKES`.
ROSTER_MISTAKES = [
    ("[hours]", new.replace(" «at»", " «here»" if "«here»" not in new else ""), code, path, fix)
    for new, code, path, fix in (
        (_shift('days = ["monday"]\nopens = "08:00"\ncloses = "11:00"'), "missing_key", "roster[0].counter", "counter = 1"),
        (_shift(_GOOD.replace("counter = 1", "counter = 9 «here»")), "unknown_counter", "roster[0].counter", "1, 2"),
        (_shift(_GOOD.replace("counter = 1", "counter = 0 «here»")), "out_of_range", "roster[0].counter", "counter = 1"),
        (_shift(_GOOD.replace('monday"]', 'mon"] «here»')), "unknown_choice", "roster[0].days[0]", '"monday"'),
        (_shift('counter = 1\nopens = "08:00"\ncloses = "11:00"'), "shift_days", "roster[0]", "date = 2027-01-02"),
        (_shift(_GOOD + "\ndate = 2027-01-04 «here»"), "shift_days", "roster[0].date", "days = "),
        (_shift(_GOOD + '\nsince = "2027-01-04" «here»'), "wrong_type", "roster[0].since", "2027-01-02"),
        (_shift(_GOOD + "\nsince = 2027-02-01 «here»\nuntil = 2027-01-01"), "shift_dates", "roster[0].since", "không sau"),
        (_shift('counter = 1\ndate = 2027-01-04\nuntil = 2027-01-05 «here»\nopens = "08:00"\ncloses = "11:00"'), "shift_dates", "roster[0].until", "days"),
        (_shift('counter = 1\ndays = ["monday"]\ncloses = "11:00"'), "missing_key", "roster[0].opens", 'opens = "08:00"'),
        (_shift(_GOOD.replace('"08:00"', '"8h" «here»')), "bad_time", "roster[0].opens", "HH:MM"),
        (_shift(_GOOD.replace('"08:00"', '"11:00" «here»')), "shift_hours", "roster[0].opens", "Ví dụ"),
        (_shift(_GOOD + "\nclosed = true «here»"), "shift_closed", "roster[0].closed", "Hãy xóa"),
        (_shift(_GOOD + "\ncovers_break = 1 «here»"), "wrong_type", "roster[0].covers_break", "true"),
        (_shift(_GOOD + "\nlunch = true «here»"), "unknown_key", "roster[0].lunch", "covers_break"),
        (_shift(_GOOD + "\n[[roster]] «here»\n" + _GOOD.replace("11:00", "09:00")), "shift_overlap", "roster[1]", "sửa giờ"),
    )
]  # fmt: skip
