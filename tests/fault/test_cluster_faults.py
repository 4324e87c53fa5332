# SPDX-License-Identifier: Apache-2.0
"""Two of the sequences of scripts/cluster-faults: nodes and etcd in trouble, and then the network between them, too,
while clients change things and ask."""

import pytest

from support.cluster_clients import MADE
from support.cluster_faults import sequence


@pytest.mark.parametrize("seed, network", [(2, False), pytest.param(13, True, marks=pytest.mark.network)])
def test_nothing_acknowledged_is_lost(seed, network):
    done = []
    changes, questions, _ = sequence(seed, 4, done.append, with_network=network)
    assert len(done) == 4 and changes[MADE] > 0 and questions[200] > 0, (done, changes, questions)
