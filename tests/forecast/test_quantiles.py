"""Tables of quantiles: what is drawn from them, and what is left of a time under way."""

import numpy as np
import pytest

from server.forecast.quantiles import Table, strata
from tests.forecast.scene import lognormal


def test_a_table_gives_back_its_distribution() -> None:
    rng = np.random.Generator(np.random.PCG64(1))
    table = Table(lognormal(600))
    drawn = table.draw(strata(rng, 1, 20_000)[0])
    assert drawn.mean() == pytest.approx(600, rel=0.02)
    assert drawn.std() == pytest.approx(480, rel=0.06)
    assert (drawn > 900).mean() == pytest.approx(table.share_beyond(900), abs=0.005)
    left = table.left(900, strata(rng, 1, 5_000)[0])
    assert left.mean() == pytest.approx((drawn[drawn > 900] - 900).mean(), rel=0.05)
    assert table.share_beyond(1e9) == pytest.approx(0.0)
    assert (table.left(1e9, strata(rng, 1, 100)[0]) >= 0).all()


def test_a_table_of_nonsense_gives_no_negative_time() -> None:
    for table in (Table((5.0, -3.0, 4.0)), Table((0.0,) * 65), Table((1.0,))):
        u = np.array([0.0, 0.5, 0.999999])
        assert (table.draw(u) >= 0).all()
        assert (table.left(2.0, u) >= 0).all()
        assert 0 <= table.share_beyond(2.0) <= 1


def test_strata_fall_once_into_each_part() -> None:
    drawn = strata(np.random.Generator(np.random.PCG64(1)), 3, 50)
    for column in drawn:
        assert sorted((column * 50).astype(int)) == list(range(50))
