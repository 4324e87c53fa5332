# SPDX-License-Identifier: Apache-2.0
"""Clients that ask one request after another and keep a ledger: each request and what came back."""

import http.client
import json
import random
import threading
import time

from support import models
from support.poll import until

WORDS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"]


class Load:
    """Use it in a with statement: it asks from the beginning to the end of that."""

    def __init__(self, daemon, deployment_id, clients, seed=1):
        self.daemon = daemon
        self.deployment_id = deployment_id
        self.stopping = threading.Event()
        self.answers = []  # (texts, status, body), or (texts, 0, an exception)
        self.slowest_s = 0.0
        self.threads = [threading.Thread(target=self._run, args=(random.Random(seed + n),))
                        for n in range(clients)]

    def _ask(self, connection, texts):
        body = json.dumps({"docs": [{"text_field": text} for text in texts]})
        try:
            connection.request("POST", f"/_ml/trained_models/{self.deployment_id}/_infer?timeout=300s", body,
                               {"Content-Type": "application/json"})
            response = connection.getresponse()
            return texts, response.status, json.loads(response.read())
        except Exception as error:  # a connection that ends, say: it is in the ledger as well
            connection.close()
            return texts, 0, error

    def _run(self, chosen):
        connection = http.client.HTTPConnection(*self.daemon.address, timeout=330)
        while not self.stopping.is_set():
            texts = [" ".join(chosen.choices(WORDS, k=chosen.randint(1, 8)))
                     for _ in range(chosen.choice((1, 1, 1, 2, 4)))]
            begun = time.monotonic()
            self.answers.append(self._ask(connection, texts))
            self.slowest_s = max(self.slowest_s, time.monotonic() - begun)
        connection.close()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def progress(self, more, deadline=60):
        """Waits until so many further requests were answered."""
        wanted = len(self.answers) + more
        until(lambda: len(self.answers) >= wanted, f"{more} more answers", deadline)

    def wrong(self):
        """The entries of the ledger that are not 200 with the right values in the right order."""
        def is_right(texts, status, body):
            if status != 200:
                return False
            values = [models.float32(result["predicted_value"]) for result in body["inference_results"]]
            return values == [models.embedding(text) for text in texts]
        return [entry for entry in self.answers if not is_right(*entry)]

    def all_right(self):
        assert self.answers
        assert not self.wrong(), self.wrong()[:3]
