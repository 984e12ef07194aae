"""The statistics behind alerts: the chance of a breach, a shift of service times, absences.

Formulas: measures.md §5. Pure; seconds unless said.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import erf, exp, lgamma, log, sqrt
from typing import Final

#: measures.md §5: standardised values are cut here, slack a step, alarm above.
_WINSORISED: Final = 2.5
_SLACK: Final = 0.25
CUSUM_ALARM: Final = 8.0
#: An alarm that stands is over below this.
CUSUM_OVER: Final = 4.0
#: z of the quantiles that `Learned.ratios` holds, and of those wide ones that stand in for them.
_Z_LOW, _Z_HIGH = 1.036, 1.282
_WIDE: Final = (0.25, 2.6)
_Z_WIDE: Final = 1.645
_SOFTENING_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What a service usually takes: mean and deviation of the logarithm of its seconds, of `n`."""

    log_mean: float
    log_sd: float
    n: int

    @property
    def minutes(self) -> float:
        """The median, minutes."""
        return exp(self.log_mean) / 60


def usual(durations: Iterable[float]) -> Usual | None:
    """What these durations have in common; None below two of them."""
    logs = [log(max(d, 1.0)) for d in durations]
    if len(logs) < 2:  # noqa: PLR2004 - a deviation needs two
        return None
    mean = sum(logs) / len(logs)
    variance = sum((x - mean) ** 2 for x in logs) / (len(logs) - 1)
    return Usual(log_mean=mean, log_sd=sqrt(variance), n=len(logs))


def cusum(durations: Iterable[float], known: Usual) -> float:
    """How far these durations, in their order, have drifted upwards: C = max(0, C + x - 0.25)."""
    level = 0.0
    sd = max(known.log_sd, 0.05)
    for duration in durations:
        x = (log(max(duration, 1.0)) - known.log_mean) / sd
        level = max(0.0, level + min(max(x, -_WINSORISED), _WINSORISED) - _SLACK)
    return level


def chance_of_breach(
    waited_s: float, expected_s: float, ratios: tuple[float, float] | None, target_s: float
) -> float:
    """The chance that somebody who has waited `waited_s` waits past `target_s` uncalled.

    `expected_s` is the point forecast of what is still to come, `ratios` how such forecasts turned
    out (q15 and q90 of actual/predicted): log-normal about the forecast, with a spread of its own
    to each side. A simulation from the live state may take this function's place.
    """
    left_s = target_s - waited_s
    if left_s <= 0:
        return 1.0
    needed = log((left_s + _SOFTENING_S) / (expected_s + _SOFTENING_S))
    (low, high), z_low, z_high = (ratios, _Z_LOW, _Z_HIGH) if ratios else (_WIDE, _Z_WIDE, _Z_WIDE)
    # Quantiles on the wrong side of the forecast say that it is biased, not that nothing varies.
    spread = log(max(high, 1.05)) / z_high if needed > 0 else -log(min(low, 0.95)) / z_low
    return 0.5 * (1 - erf(needed / spread / sqrt(2)))


def tail(successes: int, trials: int, share: float) -> float:
    """The chance of at least so many successes, where each comes with `share`."""
    if successes <= 0:
        return 1.0
    if not 0 < share < 1:
        return float(share >= 1 and successes <= trials)

    def chance(k: int) -> float:
        # By logarithms: of a thousand visits the binomials are larger than any float.
        ways = lgamma(trials + 1) - lgamma(k + 1) - lgamma(trials - k + 1)
        return exp(ways + k * log(share) + (trials - k) * log(1 - share))

    return min(1.0, sum(map(chance, range(successes, trials + 1))))
