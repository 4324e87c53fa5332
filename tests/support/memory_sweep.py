# SPDX-License-Identifier: Apache-2.0
"""Requests of every kind while allocations of the daemon fail, one call stack after the other.

A step is a request that changes something or nothing, and what brings the daemon back to before it. It is repeated
until every allocation on its way has failed once. Each time the answer must be the right one, or an error that speaks
of memory, or none at all on a closed connection; the daemon lives, and the same request works at once afterwards."""

import gzip
import http.client
import json

from support import models
from support.memory_faults import MemoryFaults
from support.poll import until

M = "/_ml/trained_models/m"
DOCS = {"docs": [{"text_field": f"alpha beta {word}"} for word in ("gamma", "delta", "eta", "theta")]}
LONG = {"docs": [{"text_field": "alpha " * 3000}]}
CLOSED = (http.client.HTTPException, ConnectionError)


class Step:
    """before and undo are lists of requests that succeed; statuses: what the request may answer without a fault."""

    def __init__(self, name, method, path, body=None, headers=None, statuses=(200,), undo=()):
        self.name, self.request, self.statuses, self.undo = name, (method, path, body, headers), statuses, undo


def upload_requests():
    definition = models.behaving()
    return [("PUT", M, models.config()), ("PUT", f"{M}/definition/0", models.parts_of(definition, 1 << 20)[0]),
            ("PUT", f"{M}/vocabulary", {"vocabulary": models.VOCABULARY})]


DELETE = ("DELETE", f"{M}?force=true", None)
START = ("POST", f"{M}/deployment/_start?wait_for=started&timeout=30s", None)
STOP = ("POST", f"{M}/deployment/_stop?force=true", None)


def steps():
    put, part, vocabulary = upload_requests()
    packed = gzip.compress(json.dumps(DOCS).encode())
    json_gzip = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    infer = f"{M}/_infer"
    return [
        Step("put", *put, undo=[DELETE]),
        Step("part", *part, undo=[DELETE, put]),
        Step("vocabulary", *vocabulary, undo=[DELETE, put, part]),
        Step("start", *START, undo=[STOP]),
        Step("infer", "POST", infer, {"docs": DOCS["docs"][:1]}),
        Step("infer a batch", "POST", f"{infer}?pretty", DOCS),
        Step("infer a long text", "POST", infer, LONG),
        Step("infer, compressed", "POST", infer, packed, json_gzip),
        Step("infer, compressed badly", "POST", infer, packed[:-5], json_gzip, statuses=(400,)),
        Step("infer, as YAML", "POST", f"{infer}?format=yaml", DOCS, {"Accept-Encoding": "gzip"}),
        Step("infer, no JSON", "POST", infer, b'{"docs":[}', {"Content-Type": "application/json"}, statuses=(400,)),
        Step("infer, no such model", "POST", "/_ml/trained_models/none/_infer", DOCS, statuses=(404,)),
        Step("stats", "GET", f"{M}/_stats?filter_path=**.state"),
        Step("get", "GET", f"{M}?human&pretty", headers={"Accept-Encoding": "gzip"}),
        Step("cat", "GET", "/_cat/ml/trained_models?v&h=id,state&s=id"),
        Step("nodes", "GET", "/_nodes/stats"),
        Step("alias", "PUT", f"{M}/model_aliases/other", undo=[("DELETE", f"{M}/model_aliases/other", None)]),
        Step("update", "POST", f"{M}/deployment/_update", {"number_of_allocations": 2},
             undo=[("POST", f"{M}/deployment/_update", {"number_of_allocations": 1})]),
        Step("settings", "PUT", "/_cluster/settings", {"persistent": {"logger.level": "error"}},
             undo=[("PUT", "/_cluster/settings", {"persistent": {"logger.level": None}})]),
        Step("clear the cache", "POST", f"{M}/deployment/cache/_clear"),
        Step("a path that is none", "GET", "/none?error_trace=true", statuses=(400,)),
        Step("stop", *STOP, undo=[START]),
        Step("delete", *DELETE, undo=[put, part, vocabulary]),
    ]


class Sweep:
    """One daemon that is swept."""

    def __init__(self):
        self.faults = MemoryFaults()
        self.daemon = self.faults.daemon.start()
        self.answers = {"right": 0, "an error": 0, "closed": 0}
        models.approve(self.daemon, models.behaving())

    def must(self, request, statuses=(200,)):
        answer = self.daemon.request(*request)
        assert answer.status in statuses, answer
        return answer

    def ask(self, step):
        """One request under a fault; counts what kind of answer it was and gives it, or None."""
        try:
            answer = self.daemon.request(*step.request, timeout=60)
        except CLOSED:
            self.answers["closed"] += 1
            return None
        finally:
            self.faults.off()
        if answer.status in step.statuses:
            self.answers["right"] += 1
            return answer
        self.answers["an error"] += 1
        self.check_error(step, answer)
        return answer

    def check_error(self, step, answer):
        assert answer.status in (429, 500, 503) and "memory" in answer.body.decode(), (step.name, answer)
        assert answer.status != 429 or answer.headers["Retry-After"] == "1", (step.name, answer)

    def settle(self, step, answer):
        """The request works now: at once where it was refused, after its undoing where it was done."""
        assert self.daemon.process.poll() is None, f"{step.name}: {self.daemon.log_text()[-3000:]}"
        done = answer is not None and answer.status in step.statuses
        if done:
            self.undo(step)
        elif answer is None and step.undo:
            self.bring_back(step)
        else:
            self.must(step.request, step.statuses)
            self.undo(step)

    def undo(self, step):
        """A worker that the daemon could not hear may have to come back first."""
        for request in step.undo:
            until(lambda one=request: self.daemon.request(*one).status == 200, f"{request[:2]} undoes {step.name}", 60)

    def bring_back(self, step):
        """A connection was closed, so the command was done or not: whichever, nothing is by half."""
        again = self.daemon.request(*step.request)
        assert again.status in (*step.statuses, 400, 404, 409), again
        self.undo(step)

    def places(self, step, most):
        """Every allocation on the request's way fails once, at most so many; returns how many did."""
        for number in range(most):
            self.faults.fail_new_place()
            answer = self.ask(step)
            if self.faults.failures == 0:
                if step.undo:
                    self.settle(step, answer)
                return number
            self.settle(step, answer)
        return most

    def limits(self, step, afters):
        """All memory is gone from one allocation on until the request ends."""
        for after in afters:
            self.must(("GET", "/"))  # which takes the reserve back
            self.faults.limit(after)
            self.settle(step, self.ask(step))

    def cycle(self, on_step=lambda step: None):
        """Every step once, without faults but for what on_step does before."""
        for step in steps():
            on_step(step)
            self.must(step.request, step.statuses)

    def live_bytes(self):
        """What the daemon has allocated when it has nothing to do."""
        until(lambda: not self.daemon.workers(), "the workers end")
        self.daemon.get("/").ok()
        return self.faults.live_bytes

    def end(self):
        self.daemon.destroy()
