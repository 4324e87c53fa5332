# SPDX-License-Identifier: Apache-2.0
"""An etcd, and an S3 server, for each file that needs one, and nodes of a cluster for each test."""

import re

import pytest

from support.breaking_proxy import BreakingProxy
from support.etcd import Etcd
from support.nodes import Nodes
from support.seaweedfs import SeaweedFS


@pytest.fixture(scope="module")
def etcd():
    server = Etcd()
    try:
        yield server.start()
    finally:
        server.destroy()


@pytest.fixture
def nodes(etcd, request):
    with Nodes(etcd, re.sub(r"\W+", "-", request.node.name).strip("-")) as group:
        yield group


@pytest.fixture(scope="module")
def launched_s3():
    """It takes its time; meanwhile other things can start."""
    server = SeaweedFS()
    try:
        server.launch()
        yield server
    finally:
        server.destroy()


@pytest.fixture
def s3(launched_s3):
    return launched_s3.ready()


@pytest.fixture
def proxy(s3):
    one = BreakingProxy(s3.port)
    yield one
    one.stop()
