# SPDX-License-Identifier: Apache-2.0
"""Clients of a cluster that is in trouble: they ask any node, and know what may have become of each command.

A command whose outcome is not known may still be carried out at any later time, for a node that stood still reads
it when it goes on. So its thing is left alone from then on, with both outcomes allowed, and another takes its place.
"""

import collections
import http.client
import json
import random
import threading
import time

from support import models

PATH = "/_ml/trained_models"
JSON = {"Content-Type": "application/json"}
SERVED = "served"
LIVE = 2  # things of one client that it changes by turns
MADE, REFUSED, UNKNOWN = "made", "refused", "unknown"


def ask(node, method, path, body=None, timeout=4.0, headers=None):
    """Status and JSON of the answer; (None, whether the request was sent) where there is none."""
    connection = http.client.HTTPConnection(*node.address, timeout=timeout)
    try:
        with node.within():
            connection.connect()
    except OSError:
        connection.close()
        return None, False
    try:
        connection.request(method, path, None if body is None else json.dumps(body), {**JSON, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError):
        return None, True
    finally:
        connection.close()


# ---- the kinds of things: each command is (method, path, body) ----


class Pipeline:
    """Its value is its version."""

    def put(self, name, held, chosen):
        version = chosen.randrange(1, 10**9)
        return ("PUT", f"/_ingest/pipeline/{name}", {"processors": [], "version": version}), version

    def remove(self, name, held):
        return "DELETE", f"/_ingest/pipeline/{name}", None

    def found(self, state, name):
        return state["pipelines"].get(name)


class Model:
    """A configuration, which is put once; its value is its description."""

    def put(self, name, held, chosen):
        if held is not None:
            return self.remove(name, held), None
        text = f"text {chosen.randrange(10**9)}"
        return ("PUT", f"{PATH}/{name}", models.config(description=text)), text

    def remove(self, name, held):
        return "DELETE", f"{PATH}/{name}", None

    def found(self, state, name):
        return state["models"].get(name, {}).get("description")


class Alias:
    """Its value is its model."""

    targets = (SERVED, "other")

    def put(self, name, held, chosen):
        target = chosen.choice([one for one in self.targets if one != held])
        return ("PUT", f"{PATH}/{target}/model_aliases/{name}?reassign=true", None), target

    def remove(self, name, held):
        return "DELETE", f"{PATH}/{held}/model_aliases/{name}", None

    def found(self, state, name):
        return state["aliases"].get(name)


class Deployment:
    """Of the model "other"; its value is its number of allocations."""

    def put(self, name, held, chosen):
        number = chosen.randint(1, 3)
        if held is None:
            query = f"deployment_id={name}&number_of_allocations={number}&wait_for=starting&timeout=3s"
            return ("POST", f"{PATH}/other/deployment/_start?{query}", None), number
        return ("POST", f"{PATH}/{name}/deployment/_update?timeout=3s", {"number_of_allocations": number}), number

    def remove(self, name, held):
        return "POST", f"{PATH}/{name}/deployment/_stop?force=true", None

    def found(self, state, name):
        return state["deployments"].get(name, {}).get("number_of_allocations")


KINDS = {"pipeline": Pipeline(), "model": Model(), "alias": Alias(), "deployment": Deployment()}


class Changer(threading.Thread):
    """Changes one thing of a kind after the other, through any node. Their names begin with the prefix."""

    def __init__(self, nodes, kind, prefix, seed):
        super().__init__()
        self.nodes, self.kind, self.prefix = nodes, kind, prefix
        self.random = random.Random(f"{seed} {prefix}")
        self.stopping = threading.Event()
        self.held = {}  # name: the values that it may have
        self.outcomes = collections.Counter()
        self.history = []
        self.names = [self._new() for _ in range(LIVE)]

    def _new(self):
        name = f"{self.prefix}-{len(self.held)}-x"
        self.held[name] = {None}
        return name

    def _outcome(self, status, body):
        if status == 200:
            return MADE
        if status is None:
            return UNKNOWN if body else REFUSED
        # What a node has looked at and refused. A 503 is not among it: etcd may have got the change.
        return REFUSED if status in (400, 404, 409, 429) else UNKNOWN

    def step(self):
        place = self.random.randrange(LIVE)
        name = self.names[place]
        held, = self.held[name]
        kind = KINDS[self.kind]
        if held is not None and self.random.random() < 0.3:
            command, value = kind.remove(name, held), None
        else:
            command, value = kind.put(name, held, self.random)
        node = self.random.choice(self.nodes)
        begun = time.time()
        status, body = ask(node, *command)
        outcome = self._outcome(status, body)
        self.outcomes[outcome] += 1
        self.history.append((name, outcome, f"{begun:.3f} {time.time():.3f} {node.settings['node.name']} {command} -> "
                                            f"{outcome} {status} {body}"[:600]))
        if outcome == MADE:
            self.held[name] = {value}
        elif outcome == UNKNOWN:
            self.held[name] = {held, value}
            self.names[place] = self._new()
        if outcome != MADE:
            self.stopping.wait(0.05)

    def run(self):
        while not self.stopping.is_set():
            self.step()
            self.stopping.wait(0.05)

    def wrong(self, state):
        """What is not as it must be, and how it came to be."""
        return ["\n  ".join([f"{name} is {found!r}, and may be {values!r}; its last commands:", *self._last(name)])
                for name, values in self.held.items()
                for found in [KINDS[self.kind].found(state, name)] if found not in values]

    def _last(self, name):
        """The last that were made, and the first and last that were not."""
        mine = [(outcome, text) for one, outcome, text in self.history if one == name]
        made = [place for place, (outcome, _) in enumerate(mine) if outcome == MADE][-3:]
        first = made[0] if made else 0
        shown = [text for _, text in mine[first:]]
        return shown if len(shown) < 10 else [*shown[:7], "...", *shown[-2:]]


class Asker(threading.Thread):
    """Asks the served deployment through any node; a wrong answer is a failure, none is counted."""

    def __init__(self, nodes, seed):
        super().__init__()
        self.nodes = nodes
        self.random = random.Random(f"{seed} asker")
        self.stopping = threading.Event()
        self.outcomes = collections.Counter()
        self.wrong = []

    def run(self):
        while not self.stopping.is_set():
            text = " ".join(self.random.choices(models.VOCABULARY[11:22], k=self.random.randint(1, 5)))
            status, body = ask(self.random.choice(self.nodes), "POST", f"{PATH}/{SERVED}/_infer?timeout=2s",
                               {"docs": [{"text_field": text}]}, timeout=3.0)
            self.outcomes[status] += 1
            if status == 200:
                got = models.float32(body["inference_results"][0]["predicted_value"])
                if got != models.embedding(text):
                    self.wrong.append((text, got))
            self.stopping.wait(0.05)


def threads_on(node, timeout=2.0):
    """Threads of all allocations that run on the node, as it says by itself; None without an answer."""
    status, body = ask(node, "GET", f"{PATH}/_stats", timeout=timeout, headers={"X-Inferd-Relayed": "1"})
    if status != 200:
        return None
    return sum(one.get("number_of_allocations", 0) * one.get("threads_per_allocation", 0)
               for entry in body["trained_model_stats"] if "deployment_stats" in entry
               for one in entry["deployment_stats"]["nodes"])


class Watcher(threading.Thread):
    """Asks each node how many threads it has given away."""

    def __init__(self, nodes, processors):
        super().__init__()
        self.nodes, self.processors = nodes, processors
        self.stopping = threading.Event()
        self.wrong, self.looks = [], 0

    def run(self):
        while not self.stopping.is_set():
            for node in self.nodes:
                threads = threads_on(node)
                self.looks += threads is not None
                if threads is not None and threads > self.processors:
                    self.wrong.append(f"{node.settings['node.name']} gives {threads} threads to models")
            self.stopping.wait(0.2)


def state_of(node):
    """What the node shows of everything that the clients change; None without an answer."""
    answers = [ask(node, "GET", path) for path in ("/_ingest/pipeline", f"{PATH}?size=10000",
                                                   f"{PATH}/_stats?size=10000")]
    if any(status != 200 for status, _ in answers):
        return None
    pipelines, configs, stats = (body for _, body in answers)
    configs = {one["model_id"]: one for one in configs["trained_model_configs"]}
    return {
        "pipelines": {name: one.get("version") for name, one in pipelines.items()},
        "models": {name: {"description": one.get("description")} for name, one in configs.items()},
        "aliases": {alias: name for name, one in configs.items()
                    for alias in one.get("metadata", {}).get("model_aliases", [])},
        "deployments": {
            shown["deployment_id"]: {key: shown.get(key) for key in (
                "model_id", "number_of_allocations", "threads_per_allocation", "state", "allocation_status")}
            for entry in stats["trained_model_stats"] for shown in [entry.get("deployment_stats")] if shown}}


def end(threads):
    """Stops them and waits until they have."""
    for thread in threads:
        thread.stopping.set()
    for thread in threads:
        thread.join()


def began(threads):
    """The moment at which all of them run."""
    for thread in threads:
        thread.start()
    return time.monotonic()
