# SPDX-License-Identifier: Apache-2.0
"""A daemon that serves a hostile model and, beside it, one under load that must not notice."""

import os
import re
import threading

from support import fake_models, models, procfs
from support.daemon import FAKE_ENGINE, SANITIZED
from support.poll import until

HOSTILE, INNOCENT = "hostile", "innocent"
TEXT = "alpha leak"  # what the hostile models react to
WORDS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"]


class Bystander:
    """Sends requests to the innocent deployment from a thread of its own; every one must be answered right."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.stopping = threading.Event()
        self.answered, self.wrong = 0, []
        self.thread = threading.Thread(target=self._run)

    def _run(self):
        while not self.stopping.is_set():
            text = f"{WORDS[self.answered % 8]} {WORDS[self.answered // 8 % 8]}"
            answer = models.infer(self.daemon, INNOCENT, text, query="?timeout=30s")
            right = answer.status == 200 and models.float32(
                answer.json["inference_results"][0]["predicted_value"]) == models.embedding(text)
            if not right:
                self.wrong.append((text, answer))
            self.answered += 1

    def __enter__(self):
        self.thread.start()
        until(lambda: self.answered > 3, "the bystander is answered")
        return self

    def __exit__(self, *error):
        before = self.answered
        if not error[0]:
            until(lambda: self.answered > before + 3, "the bystander is still answered")
        self.stopping.set()
        self.thread.join()
        if not error[0]:
            assert not self.wrong, self.wrong[:3]


def descriptors(daemon):
    return len(os.listdir(f"/proc/{daemon.pid}/fd"))


def resident(daemon):
    with open(f"/proc/{daemon.pid}/status", encoding="utf-8") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1]) << 10


def died(how):
    """The reason of a request whose worker ended so, twice."""
    return ("Error in inference process: [inference native process died unexpectedly with failure "
            f"[{how}]]")


class Scene:
    """The daemon with the innocent deployment; hostile models are brought into it one after another."""

    def __init__(self, daemon, innocent=None):
        self.daemon = daemon
        models.serve(daemon, INNOCENT, innocent or fake_models.behaving(), cache_size="0")
        self.innocent = daemon.worker()
        models.vectors(daemon, INNOCENT, "alpha")
        self.open, self.memory = self._settled(), resident(daemon)
        self.logged = len(daemon.log())

    def _settled(self):
        """Open descriptors once the connections of clients are gone."""
        seen = [descriptors(self.daemon)]

        def same_again():
            seen.append(descriptors(self.daemon))
            return len(seen) > 3 and len(set(seen[-3:])) == 1
        until(same_again, "descriptors settle")
        return seen[-1]

    def serve(self, definition, **parameters):
        """The hostile model's worker."""
        self.logged = len(self.daemon.log())
        models.serve(self.daemon, HOSTILE, definition, cache_size="0", **parameters)
        return self.worker()

    def worker(self):
        def find():
            return [pid for pid in self.daemon.workers() if pid != self.innocent]
        return until(find, "the hostile model has a worker")[0]

    def attack(self, query="?timeout=60s"):
        return models.infer(self.daemon, HOSTILE, TEXT, query=query, timeout=90)

    def deaths(self):
        """What the log says of the hostile worker's deaths since it was served."""
        return [line["how"] for line in self.daemon.log()[self.logged:]
                if line["message"] == "worker process died" and line["model_id"] == HOSTILE]

    def leave(self):
        """Takes the hostile model away; whatever it took must be back, and the innocent worker untouched."""
        self.daemon.delete(f"/_ml/trained_models/{HOSTILE}?force=true").acknowledged()
        until(lambda: self.daemon.workers() == [self.innocent], "only the innocent worker is left")
        assert procfs.alive(self.innocent)
        until(lambda: descriptors(self.daemon) <= self.open, "its descriptors are closed")
        if not SANITIZED:  # which keeps what was freed for a while
            until(lambda: resident(self.daemon) < self.memory + (48 << 20), "its memory is given back")


def no_secrets(text):
    """Nothing of a file, of a path or of the daemon's memory is in what users read."""
    assert not re.search(r"root:|/bin/|/proc/|/etc/|\bPATH=|[0-9a-f]+-[0-9a-f]+ r.xp", text), text
    assert all(char == "\n" or char.isprintable() for char in text), repr(text)
