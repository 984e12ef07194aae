"""What is wrong with a branch file: where it is, what it is, and what to type instead."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from typing_extensions import override

#: Keys and positions from the top of the file, e.g. `("counters", 3, "sources", 0, "queues")`.
Path = tuple[str | int, ...]


def path_text(path: Path) -> str:
    """The path as people read it: `counters[3].sources[0].queues`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake. `message` and `fix` are Vietnamese, for the person who edits the file."""

    #: 0 when the file could not be read at all.
    line: int
    path: str
    message: str
    fix: str
    #: Stable name of the kind of mistake, e.g. `unknown_key`.
    code: str

    @override
    def __str__(self) -> str:
        """The problem as one sentence for a terminal or a page."""
        where = [f"dòng {self.line}"] if self.line else []
        what = ": ".join([*where, *([self.path] if self.path else []), self.message])
        return f"{what}. {self.fix}"


class BranchFileError(ValueError):
    """The file is refused whole; `problems` lists everything to correct, in order of line."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        self.name = name
        self.problems = sorted(problems, key=lambda problem: problem.line)
        super().__init__("\n".join(f"{name}, {problem}" for problem in self.problems))


@dataclass(slots=True)
class Report:
    """Collects the problems of one file, so that all are told at once."""

    lines: Mapping[Path, int]
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of a path; what is not in the file is placed at what should hold it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def add(
        self, code: str, path: Path, message: str, fix: str, *, shown: Path | None = None
    ) -> None:
        """Note one problem at the line of `path`; `shown` is the path to print, if shorter."""
        self.problems.append(
            Problem(
                line=self.line(path),
                path=path_text(path if shown is None else shown),
                message=message,
                fix=fix,
                code=code,
            )
        )
