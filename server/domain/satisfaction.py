"""Stub until merged."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    completed: int = 0
    rated: int = 0
    satisfied: int = 0

    def __add__(self, other: "Cell") -> "Cell":
        return Cell(
            self.completed + other.completed,
            self.rated + other.rated,
            self.satisfied + other.satisfied,
        )


def band_of(wait_s: float) -> int:
    return sum(wait_s > m * 60 for m in (5, 10, 20, 40, 80))


def minute_of(wait_s: float) -> int:
    return min(240, int(wait_s // 60))


def waiting_component(wait_s: float, target_s: float) -> float:
    return min(1.0, max(0.0, (3 * target_s - wait_s) / (2 * target_s)))


def service_component(service_s: float, norm_s: float) -> float:
    return min(1.0, max(0.0, (3 * norm_s - service_s) / (2 * norm_s)))
