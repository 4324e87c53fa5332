# SPDX-License-Identifier: Apache-2.0
"""An etcd for each file that needs one, and nodes of a cluster for each test."""

import pytest

from support.etcd import Etcd
from support.nodes import Nodes


@pytest.fixture(scope="module")
def etcd():
    server = Etcd()
    try:
        yield server.start()
    finally:
        server.destroy()


@pytest.fixture
def nodes(etcd, request):
    with Nodes(etcd, request.node.name.split("[")[0]) as group:
        yield group
