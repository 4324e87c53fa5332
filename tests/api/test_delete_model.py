# SPDX-License-Identifier: Apache-2.0
"""DELETE _ml/trained_models/{model_id} (compatibility 6)."""

import concurrent.futures

import pytest

from support import models
from support.poll import until

PATH = "/_ml/trained_models"


def files(daemon):
    return [path for path in daemon.home.rglob("*") if path.is_file()
            and path.stat().st_size >= 200_000 and "inferd.db" not in path.name]


def test_everything_of_the_model_goes(daemon, name):
    models.put_config(daemon, name)
    models.put_definition(daemon, name, models.of_size(600_000), 300_000)
    models.put_vocabulary(daemon, name)
    assert files(daemon)
    daemon.delete(f"{PATH}/{name}").acknowledged()
    daemon.get(f"{PATH}/{name}").fails(404, "resource_not_found_exception",
                                       f"No known trained model with model_id [{name}]")
    until(lambda: not files(daemon), "the definition's files are removed")


def test_the_id_is_free_again(daemon, name):
    for definition, expected in ((models.ones(), models.ones_answer("alpha")),
                                 (models.behaving(), [models.embedding("alpha")])):
        models.serve(daemon, name, definition, "pass_through")
        assert models.vectors(daemon, name, "alpha") == [expected]
        daemon.delete(f"{PATH}/{name}?force=true").acknowledged()


def test_unknown_model(daemon):
    daemon.delete(f"{PATH}/none").fails(404, "resource_not_found_exception",
                                        "Could not find trained model [none]")


def test_wildcards_are_not_expanded(daemon, name):
    models.put_config(daemon, name)
    assert daemon.delete(f"{PATH}/*").status in (400, 404)
    assert daemon.get(PATH).ok()["count"] == 1


def test_deployed_model(daemon, name):
    models.serve(daemon, name, models.ones(), "pass_through", deployment_id="other")
    daemon.delete(f"{PATH}/{name}").fails(
        409, "status_exception",
        f"Cannot delete model [{name}] as it is currently deployed; use force to delete the model")
    assert models.vectors(daemon, "other", "alpha") == [models.ones_answer("alpha")]


def test_force_stops_all_deployments_first(daemon, name):
    models.serve(daemon, name, models.ones(), "pass_through")
    models.start(daemon, name, deployment_id="second")
    daemon.delete(f"{PATH}/{name}?force=true&timeout=30s").acknowledged()
    for deployment_id in (name, "second"):
        models.infer(daemon, deployment_id, "alpha").fails(
            404, "resource_not_found_exception", f"Could not find trained model [{deployment_id}]")
    until(lambda: not daemon.workers(), "the model's worker ends")


def test_while_it_starts(daemon, name):
    models.upload(daemon, name, models.behaving(forward_ms=300), "pass_through")
    models.start(daemon, name, wait_for="starting")
    daemon.delete(f"{PATH}/{name}").fails(
        409, "status_exception",
        f"Cannot delete model [{name}] as it is currently deployed; use force to delete the model")
    daemon.delete(f"{PATH}/{name}?force=true").acknowledged()
    assert daemon.get(PATH).ok()["count"] == 0
    until(lambda: not daemon.workers(), "the model's worker ends")


def test_many_at_once(daemon, name):
    models.serve(daemon, name, models.ones(), "pass_through")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: daemon.delete(f"{PATH}/{name}?force=true"), range(8)))
    assert any(answer.status == 200 for answer in answers)
    for answer in answers:
        if answer.status != 200:
            answer.fails(404, "resource_not_found_exception", f"Could not find trained model [{name}]")
    assert daemon.get(PATH).ok()["count"] == 0


@pytest.mark.parametrize("query, status", [
    ("force=maybe", 400), ("timeout=soon", 400), ("forced=true", 400), ("force&timeout=1ms", 200)])
def test_parameters(daemon, name, query, status):
    models.put_config(daemon, name)
    assert daemon.delete(f"{PATH}/{name}?{query}").status == status


def test_stopped_model_can_be_deleted_without_force(daemon, name):
    models.serve(daemon, name, models.ones(), "pass_through")
    assert daemon.post(f"{PATH}/{name}/deployment/_stop").ok() == {"stopped": True}
    daemon.delete(f"{PATH}/{name}").acknowledged()


def test_deleted_models_stay_deleted(make_daemon, name):
    daemon = make_daemon()
    models.serve(daemon, name, models.ones(), "pass_through")
    daemon.delete(f"{PATH}/{name}?force=true").acknowledged()
    daemon.kill()
    daemon.restart()
    assert daemon.get(PATH).ok()["count"] == 0
