"""What is typed wrong in the sentences of a branch file; rows as in `MISTAKES` of its test."""


def _with(lines: str) -> tuple[str, str]:
    """Stands before the policy, in the middle of the file."""
    return "[policy]", f"[voice]\n{lines}\n\n[policy]"


_OUT = "«here»"
_CALL = "Mời số {number}, đến quầy số {counter}."
VOICE_MISTAKES = [
    (*_with(f'cal = "{_CALL}" {_OUT}'), "unknown_key", "voice.cal", "sửa thành “call”"),
    (*_with(f'languages = ["vi", "fr"] {_OUT}'), "unknown_choice", "voice.languages[1]", '"vi", "en"'),
    (*_with(f"languages = [] {_OUT}"), "missing_key", "voice.languages", 'languages = ["vi", "en"]'),
    (*_with(f'languages = ["vi", "vi"] {_OUT}'), "duplicate", "voice.languages[1]", "xóa một trong hai"),
    (*_with(f'call = "Mời số {{nubmer}} {{number}}, đến quầy số {{counter}}." {_OUT}'), "unknown_variable", "voice.call", "sửa thành “{number}”"),
    (*_with(f'pause = "Quầy số {{counter}} nghỉ {{minutes}} phút." {_OUT}'), "unknown_variable", "voice.pause", "{counter}"),
    (*_with(f'outage = "Gián đoạn {{counter}}." {_OUT}'), "unknown_variable", "voice.outage", "không có"),
    (*_with(f'call = "Mời số {{number}}." {_OUT}'), "variable_missing", "voice.call", "call = "),
    (*_with(f'call = "Mời số {{number}}, đến quầy {{counter}}." {_OUT}'), "counter_without_words", "voice.call", "quầy số {counter}"),
    (*_with(f'closing = "Còn 15 phút nữa." {_OUT}'), "digits_in_sentence", "voice.closing", "bằng chữ"),
    (*_with(f'outage = "Gián đoạn {{ rồi." {_OUT}'), "stray_brace", "voice.outage", "xóa dấu ngoặc"),
    (*_with(f'outage = "{"a" * 251}" {_OUT}'), "too_long_to_say", "voice.outage", "ngắn lại"),
    (*_with(f'languages = ["vi", "en"]\ncall = "{_CALL}" {_OUT}'), "english_missing", "voice.call", "en = "),
    (*_with(f'speaks = ["call", "recall", "emergency", "pausa"] {_OUT}'), "unknown_choice", "voice.speaks[3]", '"pause"'),
    (*_with(f'speaks = ["call", "emergency", "pause"] {_OUT}'), "always_spoken", "voice.speaks", "thêm “recall”"),
    (*_with(f"closing_minutes = 0 {_OUT}"), "out_of_range", "voice.closing_minutes", "1"),
    (*_with(f'pause_minutes = "Quầy số {{counter}} tạm dừng." {_OUT}'), "variable_missing", "voice.pause_minutes", "pause_minutes = "),
    (*_with(f"call = 5 {_OUT}"), "wrong_type", "voice.call", "call = "),
]  # fmt: skip
