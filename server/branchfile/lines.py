"""On which line each key of a TOML text stands.

The standard parser keeps no positions, and an error without a line is of little use in a file
of a thousand lines. This scanner only walks over texts that the parser has accepted, so it
need not judge them: it finds where keys, array elements and headers begin.
"""

import re
import tomllib
from bisect import bisect_left

from server.branchfile.problems import Path

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_KEY_PART = re.compile(r"""[ \t]*("(?:\\.|[^"\\\n])*"|'[^'\n]*'|[A-Za-z0-9_-]+)[ \t]*""")
_SCALAR = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|[^,\]}\n#]+",
    re.DOTALL,
)


def line_index(text: str) -> dict[Path, int]:
    """The line of every path in a valid TOML text whose lines end with a line feed."""
    return _Scanner(text).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line_ends = [found.start() for found in re.finditer("\n", text)]
        self.lines: dict[Path, int] = {(): 1}
        #: How many `[[headers]]` each array of tables has had so far.
        self.headers: dict[Path, int] = {}

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        while self.skip_blank():
            if self.text.startswith("[[", self.at):
                table = self.array_header()
            elif self.peek() == "[":
                table = self.table_header()
            else:
                self.key_value(table)
        return self.lines

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def skip_blank(self) -> bool:
        """Move to the next meaningful character; false at the end of the text."""
        found = _BLANK.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.at < len(self.text)

    def mark(self, path: Path) -> None:
        """Note the current line for a path and for what holds it; the first sight stands."""
        line = bisect_left(self.line_ends, self.at) + 1
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)

    def key(self) -> list[str]:
        """Read a dotted key."""
        parts: list[str] = []
        while found := _KEY_PART.match(self.text, self.at):
            self.at = found.end()
            parts.append(_unquote(found[1]))
            if self.peek() != ".":
                break
            self.at += 1
        return parts

    def last_of(self, path: Path) -> Path:
        """The table meant by a header: inside an array of tables it is the newest one."""
        return (*path, self.headers[path] - 1) if path in self.headers else path

    def table_header(self) -> Path:
        start = self.at
        self.at += 1
        path: Path = ()
        for part in self.key():
            path = self.last_of((*path, part))
        self.at, end = start, self.at
        self.mark(path)
        self.at = end + 1
        return path

    def array_header(self) -> Path:
        start = self.at
        self.at += 2
        *above, name = self.key()
        path: Path = ()
        for part in above:
            path = self.last_of((*path, part))
        path = (*path, name)
        self.headers[path] = self.headers.get(path, 0) + 1
        path = self.last_of(path)
        self.at, end = start, self.at
        self.mark(path)
        self.at = end + 2
        return path

    def key_value(self, table: Path) -> None:
        start = self.at
        path = (*table, *self.key())
        self.at, end = start, self.at
        self.mark(path)
        self.at = end + 1  # the equals sign
        self.value(path)

    def value(self, path: Path) -> None:
        self.skip_blank()
        if self.peek() == "[":
            self.array(path)
        elif self.peek() == "{":
            self.inline_table(path)
        elif found := _SCALAR.match(self.text, self.at):
            self.at = found.end()

    def array(self, path: Path) -> None:
        self.at += 1
        position = 0
        while self.skip_blank() and self.peek() != "]":
            self.mark((*path, position))
            self.value((*path, position))
            position += 1
            self.skip_blank()
            if self.peek() == ",":
                self.at += 1
        self.at += 1

    def inline_table(self, path: Path) -> None:
        self.at += 1
        while self.skip_blank() and self.peek() != "}":
            self.key_value(path)
            self.skip_blank()
            if self.peek() == ",":
                self.at += 1
        self.at += 1


def _unquote(part: str) -> str:
    if part[0] == "'":
        return part[1:-1]
    return str(tomllib.loads(f"key = {part}")["key"]) if part[0] == '"' else part
