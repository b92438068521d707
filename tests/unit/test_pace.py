"""How soon a screen reads again what others changed."""

from __future__ import annotations

import pytest

from deskconsole.screens.pace import Pace


class Clock:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("took", "rest"), [(0.1, 0.0), (0.2, 2.0), (0.4, 8.0), (4.0, 15.0)])
def test_the_rest_after_a_reading_grows_faster_than_it_up_to_a_bound(took: float, rest: float) -> None:
    clock = Clock()
    pace = Pace(busy=0.1, costs=5, longest=15, clock=clock)
    assert pace.rest() == 0
    pace.begin()
    clock.now += took - 1e-9
    pace.end()
    assert pace.rest() == pytest.approx(rest)
    clock.now += rest
    assert pace.rest() == pytest.approx(0, abs=1e-6)


def test_one_slow_reading_among_quick_ones_makes_nobody_wait() -> None:
    clock = Clock()
    pace = Pace(busy=0.1, clock=clock)
    for took in (0.02, 0.02, 0.2):
        pace.begin()
        clock.now += took
        pace.end()
        assert pace.rest() == 0


def test_a_rest_can_be_skipped_and_none_is_longer_than_half_a_minute() -> None:
    clock = Clock()
    pace = Pace(clock=clock)
    pace.begin()
    clock.now += 60
    pace.end()
    assert pace.rest() == pytest.approx(30)
    pace.skip()
    assert pace.rest() == 0
