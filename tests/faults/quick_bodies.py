"""Real recorded answers, spoilt: the quick part of the campaign in tests/faults, one of each kind."""

import pytest

from tests.faults import bodies
from tests.faults.ground import ground_of
from tests.faults.mutations import KINDS


def test_no_spoilt_answer_loses_a_row_or_brings_a_wrong_one(
    cluster, settings, warehouse, portal_process, real_data, tmp_path
):
    if not (real_data / bodies.RECORDED).is_file():
        pytest.skip(f"no recorded answers in {real_data}")
    ground = ground_of(cluster, settings, warehouse, portal_process)
    ground.logs = tmp_path
    outcomes = list(bodies.spoilt(ground, real_data, count=len(KINDS), seed=1))
    assert [(each.fault, each.wrong) for each in outcomes if each.wrong] == []
    assert sum(each.weight for each in outcomes) == len(KINDS) + 1
