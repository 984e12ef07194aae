"""What is typed wrong in the `[public]` of a branch file; rows as in `MISTAKES` of its test."""


def _with(line: str) -> tuple[str, str]:
    """Stands before the policy, in the middle of the file."""
    return "[policy]", f"[public]\n{line} «here»\n\n[policy]"


_SITE = "https://longbien.example.vn"
PUBLIC_MISTAKES = [
    (*_with("pages = true"), "unknown_key", "public.pages", "sửa thành “page”"),
    (*_with('page = "no"'), "wrong_type", "public.page", "page = true"),
    (*_with(f'frame = "{_SITE}"'), "wrong_type", "public.frame", _SITE),
    (*_with('frame = ["longbien.example.vn"]'), "bad_origin", "public.frame[0]", "https://"),
    (*_with(f'frame = ["{_SITE}", "http://longbien.example.vn"]'), "bad_origin", "public.frame[1]", _SITE),
    (*_with(f'frame = ["{_SITE}/waits"]'), "bad_origin", "public.frame[0]", "đường dẫn"),
    (*_with('frame = ["https://*.example.vn"]'), "bad_origin", "public.frame[0]", "dấu *"),
    (*_with(f"frame = [\"{_SITE}; script-src 'unsafe-inline'\"]"), "bad_origin", "public.frame[0]", "đường dẫn"),
    (*_with(f'frame = ["{_SITE}", "{_SITE}"]'), "duplicate", "public.frame[1]", "xóa một trong hai"),
    (*_with(f"frame = {[f'https://s{n}.vn' for n in range(21)]}"), "too_many_frames", "public.frame", "bỏ bớt"),
    (*_with('licence = ""'), "empty_text", "public.licence", "CC BY 4.0"),
]  # fmt: skip
