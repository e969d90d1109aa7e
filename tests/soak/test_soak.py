"""Half a minute of what `make soak` does for as long as one likes."""

from __future__ import annotations

import json

from tests.soak.__main__ import soak, well


def test_half_a_minute_of_faults_loses_doubles_reorders_refuses_and_leaks_nothing() -> None:
    found = soak(seconds=30, seed=8)
    assert found["acknowledged"] > 0
    assert found["faults"] > 0
    assert well(found), json.dumps(found)
