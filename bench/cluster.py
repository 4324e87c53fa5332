#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures a cluster: what a second and a third node are worth, what a request costs that another node answers, how
long a node's death is felt, what goes to etcd, and how the planner and the state grow with the cluster.

It needs a build with the fake engine (scripts/build --engine=fake), whose model sleeps for a fixed time, so that
nodes on one machine do not take each other's processors, and etcd (scripts/install-deps test). See
docs/benchmarks.md.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
os.environ.setdefault("INFERD_BUILD", str(HERE.parent / "build-fake"))
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

import report  # noqa: E402
from report import say  # noqa: E402
from support import models  # noqa: E402
from support.daemon import BUILD, ENGINE  # noqa: E402
from support.etcd import Etcd  # noqa: E402
from support.nodes import Nodes  # noqa: E402
from support.poll import until  # noqa: E402

FORWARD_MS, PROCESSORS, LEASE_S = 20, 2, 2
PATH = "/_ml/trained_models"
TEXT = {"docs": [{"text_field": "alpha beta"}]}


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--only", choices=MEASURES, help="one of the measurements")
    parser.add_argument("--json", type=pathlib.Path, help="writes all measurements to this file")
    chosen = parser.parse_args()
    chosen.rounds = 3 if chosen.quick else 7
    chosen.seconds = 3 if chosen.quick else 8
    return chosen


class Cluster(Nodes):
    """Nodes of two processors in zones of their own, with a model of a fixed time."""

    def grow(self, forward_ms=FORWARD_MS):
        zone = f"z{len(self.all)}"
        node = self.add({"node.processors": PROCESSORS, "node.attr.availability_zone": zone,
                         "cluster.etcd.lease": f"{LEASE_S}s"})
        wait_for(self.all[0], len(self.all))
        if len(self.all) == 1:
            models.upload(node, "sleeper", models.behaving(forward_ms=forward_ms))
        return node


def wait_for(node, count):
    assert node.get(f"/_cluster/health?wait_for_nodes={count}&timeout=30s").status == 200


def serve(node, allocations):
    models.start(node, "sleeper", cache_size="0", number_of_allocations=allocations, wait_for="fully_allocated")


def load(node, callers, seconds):
    bodies = node.home / "bodies"
    bodies.write_text(json.dumps(TEXT) + "\n")
    return subprocess.Popen([BUILD / "load", str(node.address[1]), f"{PATH}/sleeper/_infer?timeout=60s", bodies,
                             str(callers), "0", "0", str(seconds)], stdout=subprocess.PIPE, text=True)


def rate(process):
    found = json.loads(process.communicate()[0])
    assert not found["errors"], found
    return found["admitted_per_second"]


# ---- capacity ----

def capacity(etcd, chosen):
    """All allocations of one, two and three nodes, asked by way of the first node, and by way of all of them."""
    found = {}
    for count in (1, 2, 3):
        with Cluster(etcd, f"capacity{count}") as cluster:
            for _ in range(count):
                cluster.grow()
            allocations = count * PROCESSORS
            serve(cluster.all[0], allocations)
            one, every = [], []
            for _ in range(chosen.rounds):
                one.append(rate(load(cluster.all[0], 4 * allocations, chosen.seconds)))
                clients = [load(node, 4 * PROCESSORS, chosen.seconds) for node in cluster.all]
                every.append(sum(rate(client) for client in clients))
            found[count] = {"one": statistics.median(one), "every": statistics.median(every)}
            say(f"  {count} nodes: {found[count]}")
    return found


def capacity_rows(found):
    rows = [("documents a second, one node", f"{found[1]['one']:.0f}", f"{PROCESSORS * 1000 // FORWARD_MS}", None)]
    for count in (2, 3):
        for kind, what in (("every", "each asked"), ("one", "the first asked")):
            times = found[count][kind] / found[1]["one"]
            rows.append((f"{count} nodes, {what}, against one", f"{times:.2f}", f">= {0.95 * count:.2f}",
                         times >= 0.95 * count))
    return rows


# ---- the way to another node ----

def asked(node, count):
    """Seconds of each of so many requests, one after the other over one connection."""
    import http.client
    connection = http.client.HTTPConnection(*node.address)
    body, took = json.dumps(TEXT), []
    for _ in range(count):
        begun = time.perf_counter()
        connection.request("POST", f"{PATH}/sleeper/_infer", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        took.append(time.perf_counter() - begun)
        assert answer.status == 200
    connection.close()
    return took


def relayed(etcd, chosen):
    """One allocation: its node, and the other one, in turn."""
    with Cluster(etcd, "relayed") as cluster:
        nodes = [cluster.grow(forward_ms=0), cluster.grow()]
        serve(nodes[0], 1)
        nodes.sort(key=lambda node: not node.workers())
        here, there = [], []
        for _ in range(chosen.rounds):
            here += asked(nodes[0], 500)
            there += asked(nodes[1], 500)
    return {"here_ms": 1000 * statistics.median(here), "there_ms": 1000 * statistics.median(there)}


def relayed_rows(found):
    more = found["there_ms"] - found["here_ms"]
    return [("a request that another node answers, more in the median", f"{more:.2f} ms", "<= 1 ms", more <= 1),
            ("  here and there", f"{found['here_ms']:.2f} and {found['there_ms']:.2f} ms", "", None)]


# ---- a node's death ----

def answering(node):
    found = node.get(f"{PATH}/sleeper/_stats").ok()["trained_model_stats"][0]["deployment_stats"]
    return found["allocation_status"]["allocation_count"]


def death(etcd, chosen):
    """kill -9 under load until all allocations answer again; the load asks the nodes that stay."""
    took, failed = [], 0
    with Cluster(etcd, "death") as cluster:
        nodes = [cluster.grow() for _ in range(3)]
        serve(nodes[0], 4)
        for turn in range(chosen.rounds):
            dying = nodes[1 + turn % 2]
            client = load(nodes[0], 8, LEASE_S * 3)
            time.sleep(0.5)
            dying.kill()
            begun = time.monotonic()
            until(lambda: len(nodes[0].get("/_nodes").ok()["nodes"]) == 2 and answering(nodes[0]) == 4,
                  "all answer again")
            took.append(time.monotonic() - begun)
            failed += json.loads(client.communicate()[0])["errors"]
            dying.restart()
            wait_for(nodes[0], 3)
    return {"took_s": took, "failed": failed}


def death_rows(found):
    took = max(found["took_s"])
    return [("kill -9 of a node until full capacity, longest", f"{took:.1f} s", f"<= {2 * LEASE_S} s",
             took <= 2 * LEASE_S),
            ("  median, with a lease of 2 s", f"{statistics.median(found['took_s']):.1f} s", "", None),
            ("  requests that failed meanwhile, asked at another node", str(found["failed"]), "0",
             found["failed"] == 0)]


# ---- etcd ----

def revision(etcd):
    return int(etcd.call("kv/range", {"key": "AA=="})["header"]["revision"])


def bytes_of(etcd, prefix, part=""):
    return [len(key) + len(value) for key, value in etcd.keys(prefix).items() if part in key]


def writes(etcd, chosen):
    """Changes of etcd that a start and a stop make, on three nodes; and how long texts of the state are."""
    del chosen
    with Cluster(etcd, "writes") as cluster:
        nodes = [cluster.grow() for _ in range(3)]
        prefix = "/inferd/writes/"
        serve(nodes[0], 3)
        nodes[0].post(f"{PATH}/sleeper/deployment/_stop").ok()
        time.sleep(2)
        before = revision(etcd)
        serve(nodes[0], 3)
        time.sleep(2)
        started = revision(etcd)
        found = {"start": started - before, "node_bytes": statistics.mean(bytes_of(etcd, f"{prefix}node/")),
                 "deployment_bytes": sum(bytes_of(etcd, prefix, "deployment/")),
                 "plan_bytes": sum(bytes_of(etcd, prefix, "assignment/"))}
        nodes[0].post(f"{PATH}/sleeper/deployment/_stop").ok()
        time.sleep(2)
        found["stop"] = revision(etcd) - started
    return found


def writes_rows(found):
    return [("changes of etcd for a start on three nodes", str(found["start"]), "", None),
            ("changes of etcd for a stop", str(found["stop"]), "", None),
            ("a node's record, bytes", f"{found['node_bytes']:.0f}", "", None),
            ("a deployment's record and plan, bytes", f"{found['deployment_bytes']} and {found['plan_bytes']}", "",
             None)]


# ---- large clusters ----

def planner(etcd, chosen):
    del etcd
    sizes = [(100, 100), (1000, 1000)] + ([] if chosen.quick else [(10000, 1000)])
    return [json.loads(subprocess.run([BUILD / "plan_time", str(nodes), str(deployments)], check=True,
                                      stdout=subprocess.PIPE, timeout=1800).stdout) for nodes, deployments in sizes]


def planner_rows(found):
    return [(f"plan of {one['nodes']} nodes, {one['deployments']} deployments: from nothing / unchanged / a node left "
             "/ one more", " / ".join(f"{one[key]:.0f}" for key in (
                 "from_nothing_ms", "unchanged_ms", "node_left_ms", "one_more_ms")) + " ms", "", None)
            for one in found]


MEASURES = {"capacity": (capacity, capacity_rows), "relayed": (relayed, relayed_rows), "death": (death, death_rows),
            "writes": (writes, writes_rows), "planner": (planner, planner_rows)}


class Checked(Etcd):
    """As report.measure_all wants its daemon."""

    def check(self):
        assert self.process.poll() is None


def main():
    chosen = options()
    if ENGINE != "fake":
        sys.exit(f"{BUILD} is not a build with the fake engine, whose model takes a fixed time")
    subprocess.run(["cmake", "--build", BUILD, "--target", "load", "plan_time"], check=True,
                   stdout=subprocess.DEVNULL)
    etcd = Checked()
    try:
        found, table = report.measure_all(MEASURES, chosen.only, etcd.start(), chosen)
    finally:
        etcd.destroy()
    return report.finish(table, found, chosen.json)


if __name__ == "__main__":
    sys.exit(main())
