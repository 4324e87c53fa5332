# SPDX-License-Identifier: Apache-2.0
"""Nodes of one cluster, which a test makes and which go with it."""

from support.daemon import Daemon


def answering(node, model_id="m"):
    """How many allocations answer on which node, by its name, as this node sees it."""
    called = {key: one["name"] for key, one in node.get("/_nodes").ok()["nodes"].items()}
    found = node.get(f"/_ml/trained_models/{model_id}/_stats").ok()["trained_model_stats"][0]["deployment_stats"]
    return {called[key]: one["number_of_allocations"] for one in found["nodes"] for key in one["node"]
            if key in called and one.get("number_of_allocations", 0) > 0}


class Nodes:
    """By their place; with the etcd that they share."""

    def __init__(self, etcd, name):
        self.etcd, self.name, self.all = etcd, name, []

    def add(self, settings=None, kind=Daemon):
        """Starts one more."""
        self.all.append(kind({**self.etcd.settings(self.name), "node.name": f"n{len(self.all)}", **(settings or {})}))
        return self.all[-1].start()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            for daemon in self.all:
                daemon.show_log()
        if self.etcd.process.poll() is not None:
            self.etcd.start()
        for daemon in self.all:
            daemon.destroy()
