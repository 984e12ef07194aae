"""What is typed wrong in the slip of a branch file; rows as in `MISTAKES` of its test."""

_SLIP = """[[slip.lines]]
text = "{branch}"

[[slip.lines]]
label = "Số thứ tự"
text = "{number}"

[[slip.lines]]
text = "{reprint}"

[[slip.lines]]
text = "{qr}"

[[slip.lines]]
text = "{notice}"

"""


def _with(old: str, new: str) -> tuple[str, str]:
    """Stands before the policy, in the middle of the file."""
    assert old in _SLIP
    return "[policy]", _SLIP.replace(old, new, 1) + "[policy]"


_OUT = "«here»"
SLIP_MISTAKES = [
    (*_with('"{branch}"', f'"{{brnach}}" {_OUT}'), "unknown_variable", "slip.lines[0].text", "sửa thành “{branch}”"),
    (*_with('"{branch}"', f'"{{xyz}}" {_OUT}'), "unknown_variable", "slip.lines[0].text", "{statutory_time}"),
    (*_with('"{branch}"', f'"{{}}" {_OUT}'), "unknown_variable", "slip.lines[0].text", "Hãy xóa biến này"),
    (*_with('"{branch}"', f'{{ vi = "{{branch}}", en = "{{branhc}}" }} {_OUT}'), "unknown_variable", "slip.lines[0].text", "“{branch}”"),
    (*_with('"{branch}"', f'"{{branch" {_OUT}'), "stray_brace", "slip.lines[0].text", "{number}"),
    (*_with('"{branch}"', f'{{ vi = "{{time}}", en = "at" }} {_OUT}'), "languages_differ", "slip.lines[0].text", "{time}"),
    (*_with('label = "Số thứ tự"', f'label = "Số {{date}}" {_OUT}'), "variable_in_label", "slip.lines[1].label", "sang text"),
    (*_with('"{number}"', f'"Số {{number}}" {_OUT}'), "not_alone", "slip.lines[1].text", 'text = "{number}"'),
    (*_with('"{qr}"', f'"{{qr}} {{time}}" {_OUT}'), "not_alone", "slip.lines[3].text", 'text = "{qr}"'),
    (*_with('"{number}"', f'"{{number}}"\nsize = "large" {_OUT}'), "needless_style", "slip.lines[1].size", "xóa size"),
    (*_with('"{branch}"', f'"---"\nlabel = "A" {_OUT}'), "needless_style", "slip.lines[0].label", "xóa label"),
    (*_with('"{branch}"', f'"{{time}}"\nlabel = "A"\nweight = "inverse" {_OUT}'), "needless_style", "slip.lines[0].weight", "bold"),
    (*_with('"{branch}"', f'"{{branch}}"\nsize = "giant" {_OUT}'), "unknown_choice", "slip.lines[0].size", '"large"'),
    (*_with('"{branch}"', f'"{{branch}}"\ncolor = "red" {_OUT}'), "unknown_key", "slip.lines[0].color", "text, label, size"),
    (*_with('"{branch}"', f'"{{branch}}"\nservices = ["x"] {_OUT}'), "unknown_reference", "slip.lines[0].services", "ho-tich"),
    (*_with('"{branch}"', f'"{{branch}}"\nafter = "15h" {_OUT}'), "bad_time", "slip.lines[0].after", '"15:00"'),
    (*_with('"{branch}"', f'"{{notice}}"\n[[slip.lines]]\ntext = "{{notice}}" {_OUT}'), "duplicate", "slip.lines[1].text", "xóa một"),
    (*_with('"{branch}"', f'"{"x" * 251}" {_OUT}'), "too_long_on_paper", "slip.lines[0].text", "ngắn lại"),
    ('name = "Khai sinh"', f'name = "{"x" * 251}" {_OUT}', "too_long_on_paper", "procedures[0].name", "ngắn lại"),
    ('  "Tờ khai",', f'  "{"x" * 251}", {_OUT}', "too_long_on_paper", "procedures[0].papers[0]", "ngắn lại"),
    (*_with("[[slip.lines]]", '[[slip.lines]]\ntext = "A"\n' + '[[slip.lines]]\ntext = "A"\n' * 29 + "[[slip.lines]]"), "slip_too_long", "slip", "30 dòng"),
    *((*_with(f'[[slip.lines]]\ntext = "{part}"\n', ""), "slip_part_missing", "slip", part) for part in ("{reprint}", "{qr}", "{notice}")),
    (*_with('text = "{notice}"', 'text = "{notice}"\nafter = "15:00"'), "slip_part_missing", "slip", "không điều kiện"),
    (*_with('text = "{notice}"', 'text = "{notice}"\nservices = ["ho-tich"]'), "slip_part_missing", "slip", "{notice}"),
    (*_with('label = "Số thứ tự"\ntext = "{number}"', 'text = "x"'), "slip_part_missing", "slip", "{number}"),
    ("[policy]", f"[slip] {_OUT}\n[policy]", "missing_key", "slip.lines", "[[slip.lines]]"),
]  # fmt: skip
