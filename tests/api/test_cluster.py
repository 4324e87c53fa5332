# SPDX-License-Identifier: Apache-2.0
"""Two nodes on one etcd: what is put on one takes effect on the other."""

import concurrent.futures
import http.client
import signal
import subprocess

import pytest

from support import models
from support.certificates import Encrypted
from support.etcd import Etcd
from support.poll import until
from support.secured import ANONYMOUS, Secured, basic

PATH = "/_ml/trained_models"
PIPELINE = {"processors": [{"set": {"field": "x", "value": 1}}]}


def simulate(node, name):
    return node.post(f"/_ingest/pipeline/{name}/_simulate", {"docs": [{"_source": {}}]})


def test_what_one_node_is_told_the_other_knows(nodes):
    a, b = nodes.add(), nodes.add()
    assert a.get("/").ok()["cluster_uuid"] == b.get("/").ok()["cluster_uuid"]
    models.put_config(a, "m")
    models.put_definition(a, "m", models.ones())
    models.put_vocabulary(a, "m")
    a.put(f"{PATH}/m/model_aliases/nick").acknowledged()
    a.put("/_ingest/pipeline/p", PIPELINE).acknowledged()
    a.put("/_cluster/settings", {"persistent": {"logger.level": "debug"}}).ok()
    until(lambda: b.get(f"{PATH}/nick").status == 200, "the alias is known")
    until(lambda: b.get(f"{PATH}/m?include=definition_status").ok()["trained_model_configs"][0]["fully_defined"],
          "the definition is known")
    until(lambda: simulate(b, "p").status == 200, "the pipeline is in force")
    assert simulate(b, "p").ok()["docs"][0]["doc"]["_source"] == {"x": 1}
    until(lambda: b.get("/_cluster/settings").ok()["persistent"] == {"logger": {"level": "debug"}},
          "the settings are in force")
    b.delete("/_ingest/pipeline/p").acknowledged()
    until(lambda: a.get("/_ingest/pipeline/p").status == 404, "the pipeline is gone")
    b.put("/_cluster/settings", {"persistent": {"logger.level": None}}).ok()
    until(lambda: a.get("/_cluster/settings").ok()["persistent"] == {}, "the settings are gone")
    b.delete(f"{PATH}/m?force=true").acknowledged()
    until(lambda: a.get(f"{PATH}/m").status == 404, "the model is gone")
    left = [key for key in nodes.etcd.keys(f"/inferd/{nodes.name}/state/") if "/approval/" not in key]
    assert sorted(left) == ["cluster_uuid", "commit", "secret"]


def runner(*some):
    """The one that runs a deployment, and another one."""
    first, = (node for node in some if node.workers())
    return first, next(node for node in some if node is not first)


def test_a_deployment_is_asked_from_everywhere(nodes):
    a, b = nodes.add(), nodes.add()
    assert a.get("/_cluster/health?wait_for_nodes=2&timeout=20s").status == 200
    models.serve(a, "m", models.ones(), "pass_through")
    a, b = runner(a, b)
    until(lambda: b.get(f"{PATH}/m").status == 200, "the model is known")
    b.delete(f"{PATH}/m").fails(409, "status_exception", "Cannot delete model [m] as it is currently deployed; "
                                                         "use force to delete the model")
    assert models.vectors(b, "m", "alpha") == [models.ones_answer("alpha")]
    assert b.post(f"{PATH}/m/_infer?pretty", {"docs": [{"text_field": 7}]}).status == \
        a.post(f"{PATH}/m/_infer?pretty", {"docs": [{"text_field": 7}]}).status
    shown = b.post(f"{PATH}/m/deployment/_update", {"number_of_allocations": 2}).ok()
    assert shown["assignment"]["task_parameters"]["number_of_allocations"] == 2
    b.post(f"{PATH}/m/deployment/cache/_clear").ok()
    assert b.post(f"{PATH}/m/deployment/_start").status == 400
    a.kill()
    answer = b.post(f"{PATH}/m/_infer", {"docs": [{"text_field": "alpha"}]})
    assert answer.status == 503 and answer.reason.startswith(f"node [{a.settings['node.name']}] at ["), answer
    a.restart()
    until(lambda: models.vectors(a, "m", "alpha") == [models.ones_answer("alpha")], "it runs again")
    until(lambda: models.vectors(b, "m", "alpha") == [models.ones_answer("alpha")], "on its new port, too")
    assert not b.workers()
    b.post(f"{PATH}/m/deployment/_stop").ok()
    until(lambda: not a.workers(), "it ends where it runs")
    models.start(a, "m")
    b.delete(f"{PATH}/m?force=true").acknowledged()
    until(lambda: not a.workers() and not b.workers(), "the deployment ends with its model")
    until(lambda: a.get(f"{PATH}/m").status == 404, "and the model is gone")


def test_without_etcd_nothing_changes_and_serving_goes_on(nodes):
    a, b = nodes.add(), nodes.add()
    models.serve(a, "m", models.ones(), "pass_through")
    a, b = runner(a, b)
    nodes.etcd.kill()
    until(lambda: "etcd is lost" in a.log_text(), "the loss is noticed")
    answer = a.put("/_ingest/pipeline/p", PIPELINE)
    assert answer.status == 503
    assert "the cluster's state cannot be changed now: etcd at" in answer.json["error"]["reason"]
    assert a.post(f"{PATH}/m/deployment/_stop").status == 503
    assert models.vectors(a, "m", "alpha") == [models.ones_answer("alpha")]
    a.stop()
    a.restart()
    until(lambda: models.vectors(a, "m", "alpha") == [models.ones_answer("alpha")], "it serves without etcd")
    assert b.get(f"{PATH}/m").status == 200
    nodes.etcd.start()
    until(lambda: a.put("/_ingest/pipeline/p", PIPELINE).status == 200, "changes are taken again")
    until(lambda: b.get("/_ingest/pipeline/p").status == 200, "and are seen")
    a.post(f"{PATH}/m/deployment/_stop").ok()


def test_models_come_from_other_nodes(nodes):
    a, b = nodes.add(), nodes.add()
    for name in ("m", "n"):
        models.put_config(a, name, "pass_through")
        models.put_definition(a, name, models.ones())
        models.put_vocabulary(a, name)
    until(lambda: b.post(f"{PATH}/n/deployment/_start").status == 200, "the definition has come")
    until(lambda: models.vectors(b, "n", "alpha") == [models.ones_answer("alpha")], "it runs here")
    assert models.vectors(a, "n", "alpha") == [models.ones_answer("alpha")], "and is asked from there"
    c = nodes.add()
    a.stop()
    until(lambda: c.post(f"{PATH}/m/deployment/_start").status == 200, "it comes from who has it")
    until(lambda: models.vectors(b, "m", "alpha") == [models.ones_answer("alpha")], "it runs")
    asked = {"Authorization": "InferdNode wrong"}
    assert b.get("/_inferd/definition/none", headers=asked).status == 404


def test_parts_may_go_to_different_nodes(nodes):
    a, b, c = nodes.add(), nodes.add(), nodes.add()
    definition = models.of_size(5000)
    models.approve(a, definition)
    models.put_config(a, "m", "pass_through")
    models.put_vocabulary(a, "m")
    bodies = models.parts_of(definition, 1000)
    for number, node in ((0, b), (1, a), (4, b), (2, c)):
        until(lambda node=node: node.get(f"{PATH}/m").status == 200, "the model is known")
        node.put(f"{PATH}/m/definition/{number}", bodies[number]).acknowledged()
    b.kill()
    answer = a.put(f"{PATH}/m/definition/3", bodies[3])
    assert answer.status == 503, answer
    assert "definition part [0] of model [m] went to a node that cannot be reached now" in answer.reason, answer
    b.restart()
    until(lambda: a.put(f"{PATH}/m/definition/3", bodies[3]).status == 200, "the parts come together")
    until(lambda: c.post(f"{PATH}/m/deployment/_start").status == 200, "any node has the whole")
    until(lambda: models.vectors(b, "m", "alpha") == [models.ones_answer("alpha")], "it runs")
    for node in (a, b, c):
        until(lambda node=node: not list(node.data.glob("models/*/part-*")), "parts are of no use any more")


def test_security_is_the_same_everywhere(nodes):
    a, b = nodes.add(kind=Secured), nodes.add(kind=Secured)
    a.add_user("reader", "the-readers-password", "machine_learning_user")
    reader = basic("reader", "the-readers-password")
    until(lambda: b.get("/_security/_authenticate", headers=reader).status == 200, "the user is known")
    models.serve(a, "m", models.ones(), "pass_through")
    body = {"docs": [{"text_field": "alpha"}]}
    until(lambda: b.post(f"{PATH}/m/_infer", body, headers=reader).status == 200, "the reader may infer, from anywhere")
    assert b.post(f"{PATH}/m/deployment/_update", {"number_of_allocations": 2}, headers=reader).status == 403
    until(lambda: "a definition was brought" in b.log_text(), "nodes let each other in")
    secret = nodes.etcd.keys(f"/inferd/{nodes.name}/state/")["secret"]
    for given, status in ((ANONYMOUS, 401), (reader, 403), ({"Authorization": "InferdNode no"}, 401),
                          ({"Authorization": f"InferdNode {secret}"}, 200)):
        assert b.get("/_inferd/definition/m", headers=given).status == status, given
        assert b.get(f"{PATH}/m", headers={"Authorization": f"InferdNode {secret}"}).status == 403
    a.put("/_security/user/reader/_disable").ok()
    until(lambda: b.get("/_security/_authenticate", headers=reader).status == 401, "what was remembered is forgotten")


def test_changes_of_one_key_on_two_nodes(nodes):
    """At the same moment: a key that was made invalid does not come back with what else is changed of it."""
    a, b = nodes.add(kind=Secured), nodes.add(kind=Secured)

    def shown(node, key):
        return node.get(f"/_security/api_key?id={key}").ok()["api_keys"][0]

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for turn in range(25):
            key = a.post("/_security/api_key", {"name": f"k{turn}"}).ok()["id"]
            until(lambda key=key: b.get(f"/_security/api_key?id={key}").status == 200, "the key is known")
            done = [pool.submit(a.put, f"/_security/api_key/{key}", {"metadata": {"turn": turn}}),
                    pool.submit(b.delete, "/_security/api_key", {"ids": [key]})]
            changed, ended = [one.result().status for one in done]
            assert ended == 200 and changed in (200, 400)
            for node in (a, b):
                until(lambda node=node, key=key: shown(node, key)["invalidated"], "it is invalid", deadline=10)
            if changed == 200:
                assert shown(a, key)["metadata"] == {"turn": turn}


def test_a_deployment_survives_its_node(nodes):
    lease = {"cluster.etcd.lease": "2s"}
    everyone = [nodes.add(lease), nodes.add(lease), nodes.add({**lease, "node.processors": 1})]
    assert everyone[0].get("/_cluster/health?wait_for_nodes=3&timeout=20s").status == 200
    models.serve(everyone[0], "m", models.ones(), "pass_through", number_of_allocations=2)

    def all_answer(some):
        for node in some:
            until(lambda node=node: models.vectors(node, "m", "alpha") == [models.ones_answer("alpha")], "it answers")

    all_answer(everyone)
    for node in everyone:
        until(lambda node=node: node.get("/_inferd/definition/m").status == 200, "it has the definition, too")
    dead, other = runner(*everyone)
    dead.kill()
    assert other.get("/_cluster/health?wait_for_nodes=2&timeout=20s").status == 200, "it is missed"
    left = [node for node in everyone if node is not dead]
    all_answer(left)
    dead.restart()
    all_answer(everyone)
    stopped, other = runner(*left)
    stopped.stop()
    all_answer(node for node in everyone if node is not stopped)


def test_a_stop_is_true_of_what_a_node_has_not_heard_of(nodes):
    """Its copy of the state is of before it stood still."""
    a, b = nodes.add(), nodes.add()
    models.put_config(a, "m", "pass_through")
    models.put_definition(a, "m", models.ones())
    models.put_vocabulary(a, "m")
    until(lambda: b.get(f"{PATH}/m").status == 200, "the model is known")
    asking = http.client.HTTPConnection(*b.address, timeout=30)
    b.process.send_signal(signal.SIGSTOP)
    try:
        a.post(f"{PATH}/m/deployment/_start?wait_for=starting").ok()
        asking.request("POST", f"{PATH}/m/deployment/_stop")
    finally:
        b.process.send_signal(signal.SIGCONT)
    assert asking.getresponse().status == 200
    asking.close()
    until(lambda: "deployment_stats" not in a.get(f"{PATH}/m/_stats").ok()["trained_model_stats"][0], "it has stopped")


def test_tls_everywhere():
    """Between clients and nodes, nodes and etcd, and nodes among each other."""
    a = Encrypted()
    certificate, key = (a.settings[f"xpack.security.http.ssl.{name}"] for name in ("certificate", "key"))
    etcd = Etcd(certificate, key, a.context())
    b = Secured({name: value for name, value in a.settings.items() if name.startswith("xpack.security.http.ssl.")})
    b.tls = a.tls
    try:
        etcd.start()
        a.settings.update({**etcd.settings(), "cluster.ssl.certificate_authorities": a.authority})
        a.launch()
        until(lambda: a.process.poll() is not None, "etcd's authority is not known")
        assert "certificate" in a.log_text()
        for node in (a, b):
            node.settings.update({**etcd.settings(), "cluster.etcd.ssl.certificate_authorities": a.authority,
                                  "cluster.ssl.certificate_authorities": a.authority})
            node.start()
        models.serve(a, "m", models.ones(), "pass_through")
        until(lambda: models.vectors(b, "m", "alpha") == [models.ones_answer("alpha")], "nodes trust each other")
    except BaseException:
        b.show_log()
        raise
    finally:
        etcd.destroy()
        a.destroy()
        b.destroy()


def names(node, path="/_nodes"):
    return sorted(one["name"] for one in node.get(path).ok()["nodes"].values())


def test_nodes_see_each_other(nodes):
    a = nodes.add({"node.attr.availability_zone": "west", "node.processors": 3})
    until(lambda: len(nodes.etcd.keys(f"/inferd/{nodes.name}/node/")) == 1, "the first node is there")
    b = nodes.add({"node.processors": 5})
    for node in (a, b):
        assert node.get("/_cluster/health?wait_for_nodes=2&timeout=20s").ok()["number_of_nodes"] == 2
    until(lambda: b.get("/_nodes/n0").ok() == a.get("/_nodes/n0").ok(), "its engine's version is known, too")
    ours = a.get("/_nodes/n0").ok()
    for query in ("?flat_settings=true", "/http,os", "/settings"):
        assert b.get(f"/_nodes/n0{query}").ok() == a.get(f"/_nodes/n0{query}").ok()
    shown = next(iter(ours["nodes"].values()))
    assert shown["http"]["publish_address"] == f"{a.address[0]}:{a.address[1]}"
    assert shown["attributes"]["availability_zone"] == "west"
    assert shown["os"]["allocated_processors"] == 3
    assert ours["_nodes"]["total"] == 1
    assert names(b) == ["n0", "n1"] and names(b, "/_nodes/_local") == ["n1"] and names(b, "/_nodes/_master") == ["n0"]
    lines = b.get("/_cat/nodes?h=name,master,http,ram.max&format=json").ok()
    assert [line["name"] + line["master"] for line in lines] == ["n0*", "n1-"]
    assert lines[0]["http"] == f"{a.address[0]}:{a.address[1]}" and lines[0]["ram.max"] == lines[1]["ram.max"]
    a.stop()
    assert b.get("/_cluster/health?wait_for_nodes=1&timeout=20s").ok()["number_of_nodes"] == 1
    assert names(b) == ["n1"] and names(b, "/_nodes/_master") == ["n1"]
    a.restart()
    assert b.get("/_cluster/health?wait_for_nodes=ge(2)&timeout=20s").ok()["number_of_nodes"] == 2
    assert names(a, "/_nodes/_master") == ["n1"]
    assert b.get("/_cluster/health?wait_for_nodes=3&timeout=1ms").status == 408


# ---- from one node to a cluster and back ----


def migrate(daemon, to, settings):
    """Runs --migrate-state on the daemon's data; its status, and what it said."""
    command = [*daemon.command(), f"--migrate-state={to}"]
    for name, value in settings.items():
        command += ["-E", f"{name}={value}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_state_goes_to_etcd_and_comes_back(nodes, make_daemon):
    a = make_daemon({"cluster.state": "embedded"})
    settings = nodes.etcd.settings(nodes.name)
    models.serve(a, "m", models.ones(), "pass_through")
    a.put(f"{PATH}/m/model_aliases/nick").acknowledged()
    a.put("/_ingest/pipeline/p", PIPELINE).acknowledged()
    uuid = a.get("/").ok()["cluster_uuid"]
    status, words = migrate(a, "etcd", settings)
    assert (status, "in use by another process" in words) == (1, True), words
    a.stop()
    status, words = migrate(a, "nowhere", settings)
    assert (status, "must be [etcd] or [embedded]" in words) == (2, True), words
    status, words = migrate(a, "embedded", settings)
    assert (status, "has a state of its own already" in words) == (2, True), words
    status, words = migrate(a, "etcd", settings)
    assert (status, f"is in etcd now, as that of cluster [{uuid}]" in words) == (0, True), words
    status, words = migrate(a, "etcd", settings)
    assert (status, "is a copy of cluster" in words) == (2, True), words
    with pytest.raises(RuntimeError, match="is a copy of the state of cluster"):
        a.restart()
    a.settings.update(settings)
    a.restart()
    b = nodes.add()
    assert a.get("/").ok()["cluster_uuid"] == b.get("/").ok()["cluster_uuid"] == uuid
    until(lambda: models.vectors(a, "nick", "alpha") == [models.ones_answer("alpha")], "it runs again")
    for node in (a, b):
        assert node.get(f"{PATH}/nick").ok()["count"] == 1
        assert simulate(node, "p").status == 200
    b.put("/_ingest/pipeline/q", PIPELINE).acknowledged()
    b.stop()
    a.stop()
    for file in b.data.glob("models/*/definition.pt"):
        file.unlink()  # which it may have brought already
    status, words = migrate(b, "embedded", {})
    assert (status, "model [m] is not on this node; move the state back on a node" in words) == (1, True), words
    status, words = migrate(a, "embedded", {})
    assert (status, f"The state of cluster [{uuid}], " in words) == (0, True), words
    a.settings.update({"cluster.state": "embedded"})
    a.restart()
    until(lambda: models.vectors(a, "nick", "alpha") == [models.ones_answer("alpha")], "it runs again")
    assert sorted(a.get("/_ingest/pipeline").ok()) == ["p", "q"]
    a.delete("/_ingest/pipeline/q").acknowledged()
    b.restart()
    assert sorted(b.get("/_ingest/pipeline").ok()) == ["p", "q"], "what etcd has is left as it is"
