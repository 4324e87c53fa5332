# SPDX-License-Identifier: Apache-2.0
"""Two of the sequences of scripts/cluster-faults: nodes and etcd in trouble while clients change things and ask."""

import pytest

from support.cluster_clients import MADE
from support.cluster_faults import sequence


@pytest.mark.parametrize("seed", [2, 101])
def test_nothing_acknowledged_is_lost(seed):
    done = []
    changes, questions, _ = sequence(seed, 4, done.append)
    assert len(done) == 4 and changes[MADE] > 0 and questions[200] > 0, (done, changes, questions)
