# SPDX-License-Identifier: Apache-2.0
"""Every command that is stored, one by one: sent, seen and taken back, for tests that let it fail.

Each attempt differs from the one before where that can be told apart: had a failed attempt been stored after
all, the next one would be refused, or what is shown would differ.
"""

import hashlib

from support import models

PATH = "/_ml/trained_models"
MODEL = f"{PATH}/model"
PIPELINE = "/_ingest/pipeline/pipeline"
SHA = hashlib.sha256(b"nobody's").hexdigest()
DEPLOYED = ("start", "update", "adaptive", "stop", "put endpoint")


class Command:
    """`prepare` makes what the command needs; `shown` is what changes when it comes to pass."""

    def __init__(self, send, shown, prepare=lambda daemon: None):
        self.send, self.shown, self.prepare = send, shown, prepare


def put_model(daemon):
    models.put_config(daemon, "model")


def put_parts(daemon, which):
    models.approve(daemon, models.behaving())
    bodies = models.parts_of(models.behaving(), -(-len(models.behaving()) // 3))
    for part in which:
        daemon.put(f"{MODEL}/definition/{part}", bodies[part]).acknowledged()


def send_part(part):
    def send(daemon, _):
        bodies = models.parts_of(models.behaving(), -(-len(models.behaving()) // 3))
        return daemon.put(f"{MODEL}/definition/{part}", bodies[part])
    return send


def upload(daemon):
    models.upload(daemon, "model", models.behaving())


def serve(daemon):
    upload(daemon)
    models.start(daemon, "model")


def with_alias(daemon):
    put_model(daemon)
    models.put_config(daemon, "other")
    daemon.put(f"{MODEL}/model_aliases/alias").acknowledged()


def with_approval(daemon):
    daemon.put(f"{PATH}/_approvals/{SHA}", {"comment": "x"}).acknowledged()


def before_last_part(daemon):
    put_model(daemon)
    put_parts(daemon, [0, 1])


def config_of(daemon, name="model"):
    answer = daemon.get(f"{PATH}/{name}?include=definition_status")
    return answer.json["trained_model_configs"][0] if answer.status == 200 else {}


def deployment(daemon):
    entry, = daemon.get(f"{MODEL}/_stats").ok()["trained_model_stats"]
    return entry.get("deployment_stats", {})


def stored_parts(daemon):
    return sorted(path.name for path in (daemon.data / "models").glob("*/*"))


def vocabulary(daemon):
    """Shown by nothing but a start; that a failed one was stored shows in the next attempt."""
    return daemon.post(f"{MODEL}/deployment/_start?dry_run=true").json.get("missing")


def pipeline(daemon):
    return daemon.get(PIPELINE).json


def holders(daemon):
    return [name for name in ("model", "other")
            if "alias" in config_of(daemon, name).get("metadata", {}).get("model_aliases", [])]


COMMANDS = {
    "put model": Command(
        lambda daemon, attempt: daemon.put(MODEL, models.config(description=f"{attempt}")),
        lambda daemon: config_of(daemon).get("description")),
    "part": Command(send_part(0), stored_parts, put_model),
    "last part": Command(
        send_part(2), lambda daemon: (config_of(daemon)["fully_defined"], stored_parts(daemon)), before_last_part),
    "vocabulary": Command(
        lambda daemon, attempt: daemon.put(f"{MODEL}/vocabulary", {
            "vocabulary": [*models.VOCABULARY, *(f"w{attempt}-{n}" for n in range(2000))]}),
        vocabulary, put_model),
    "start": Command(
        lambda daemon, _: daemon.post(f"{MODEL}/deployment/_start?wait_for=started"),
        lambda daemon: deployment(daemon).get("state"), upload),
    "update": Command(
        lambda daemon, attempt: daemon.post(f"{MODEL}/deployment/_update",
                                            {"number_of_allocations": 2 + attempt % 2}),
        lambda daemon: deployment(daemon)["number_of_allocations"], serve),
    "adaptive": Command(
        lambda daemon, attempt: daemon.post(f"{MODEL}/deployment/_update", {"adaptive_allocations": {
            "enabled": True, "min_number_of_allocations": 1, "max_number_of_allocations": 2 + attempt}}),
        lambda daemon: deployment(daemon).get("adaptive_allocations"), serve),
    "stop": Command(
        lambda daemon, _: daemon.post(f"{MODEL}/deployment/_stop"),
        lambda daemon: deployment(daemon).get("deployment_id"), serve),
    "put alias": Command(
        lambda daemon, _: daemon.put(f"{MODEL}/model_aliases/alias"), holders, put_model),
    "reassign alias": Command(
        lambda daemon, _: daemon.put(f"{PATH}/other/model_aliases/alias?reassign=true"), holders, with_alias),
    "delete alias": Command(
        lambda daemon, _: daemon.delete(f"{MODEL}/model_aliases/alias"), holders, with_alias),
    "settings": Command(
        lambda daemon, attempt: daemon.put("/_cluster/settings", {
            "persistent": {"engine.load_timeout": f"{60 + attempt}s"}}),
        lambda daemon: daemon.get("/_cluster/settings").ok()["persistent"]),
    "upgrade mode": Command(
        lambda daemon, _: daemon.post("/_ml/set_upgrade_mode?enabled=true"),
        lambda daemon: daemon.get("/_ml/info").ok()["upgrade_mode"]),
    "approve": Command(
        lambda daemon, attempt: daemon.put(f"{PATH}/_approvals/{SHA}", {"comment": f"{attempt}"}),
        lambda daemon: daemon.get(f"{PATH}/_approvals").ok()["count"]),
    "withdraw approval": Command(
        lambda daemon, _: daemon.delete(f"{PATH}/_approvals/{SHA}"),
        lambda daemon: daemon.get(f"{PATH}/_approvals").ok()["count"], with_approval),
    "put pipeline": Command(
        lambda daemon, attempt: daemon.put(PIPELINE, {"processors": [], "version": attempt}), pipeline),
    "delete pipeline": Command(
        lambda daemon, _: daemon.delete(PIPELINE), pipeline,
        lambda daemon: daemon.put(PIPELINE, {"processors": []}).acknowledged()),
    "put endpoint": Command(
        lambda daemon, _: daemon.put("/_inference/text_embedding/endpoint", {
            "service": "elasticsearch",
            "service_settings": {"num_allocations": 1, "num_threads": 1, "model_id": "model"}}),
        lambda daemon: daemon.get("/_inference").ok()["endpoints"], upload),
    "delete model": Command(
        lambda daemon, _: daemon.delete(f"{MODEL}?force=true"),
        lambda daemon: daemon.get(MODEL).status, serve),
}


def take_all_back(daemon):
    """As before the first command, whatever was done."""
    daemon.post("/_ml/set_upgrade_mode?enabled=false").acknowledged()
    for model in ("model", "other"):
        if daemon.get(f"{PATH}/{model}").status == 200:
            daemon.delete(f"{PATH}/{model}?force=true").acknowledged()
    daemon.put("/_cluster/settings", {"persistent": {"*": None}}).ok()
    daemon.delete("/_ingest/pipeline/*").acknowledged()
    if daemon.get(f"{PATH}/_approvals/{SHA}").status == 200:
        daemon.delete(f"{PATH}/_approvals/{SHA}").acknowledged()
