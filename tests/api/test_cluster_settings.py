# SPDX-License-Identifier: Apache-2.0
"""GET and PUT /_cluster/settings: dynamic settings over the API (compatibility 13.5)."""

import concurrent.futures
import signal
import threading

import pytest

from support import models
from support.poll import until

PATH = "/_cluster/settings"
TIMEOUT = "engine.forward_timeout"
ML_LOGGER = "logger.org.elasticsearch.xpack.ml"


@pytest.fixture
def daemon(make_daemon):
    return make_daemon()


def flat(daemon):
    return daemon.get(f"{PATH}?flat_settings=true").ok()


def put(daemon, persistent=None, transient=None, query=""):
    body = {"persistent": persistent, "transient": transient}
    return daemon.put(PATH + query, {key: value for key, value in body.items()
                                     if value is not None})


def in_force(daemon, name):
    """What a setting's default, file and command line say, seen where the API shows no value."""
    return daemon.get(f"{PATH}?flat_settings&include_defaults").ok()["defaults"].get(name)


def test_nothing_is_set_at_first(daemon):
    assert daemon.get(PATH).ok() == {"persistent": {}, "transient": {}}
    defaults = daemon.get(f"{PATH}?include_defaults=true").ok()["defaults"]
    assert defaults["engine"]["forward_timeout"] == "3s"
    assert defaults["http"]["max_content_length"] == "100mb"
    assert in_force(daemon, TIMEOUT) == "3s"


def test_flat_and_nested(daemon):
    nested = {"engine": {"forward_timeout": "10s", "max_restarts": 7}}
    assert put(daemon, nested).ok() == {
        "acknowledged": True, "transient": {},
        "persistent": {"engine": {"forward_timeout": "10s", "max_restarts": "7"}}}
    assert put(daemon, transient={"engine.load_timeout": "1m"},
               query="?flat_settings=true&timeout=1s&master_timeout=1s").ok() == {
        "acknowledged": True, "persistent": {}, "transient": {"engine.load_timeout": "1m"}}
    assert daemon.get(PATH).ok() == {
        "persistent": {"engine": {"forward_timeout": "10s", "max_restarts": "7"}},
        "transient": {"engine": {"load_timeout": "1m"}}}
    assert flat(daemon) == {
        "persistent": {TIMEOUT: "10s", "engine.max_restarts": "7"},
        "transient": {"engine.load_timeout": "1m"}}
    assert in_force(daemon, TIMEOUT) is None, "what the API gave is no default"


def test_reset(daemon):
    settings = {TIMEOUT: "10s", "engine.load_timeout": "1m", "shutdown.drain_timeout": "1s"}
    put(daemon, settings, settings).ok()
    put(daemon, {TIMEOUT: None}).ok()
    assert TIMEOUT not in flat(daemon)["persistent"] and TIMEOUT in flat(daemon)["transient"]
    put(daemon, {"engine.*": None}, {"engine": {"*": None}}).ok()
    assert flat(daemon) == {key: {"shutdown.drain_timeout": "1s"}
                            for key in ("persistent", "transient")}
    put(daemon, {"*": None, TIMEOUT: "5s"}, {"nothing.like.it*": None}).ok()
    assert flat(daemon) == {"persistent": {TIMEOUT: "5s"},
                            "transient": {"shutdown.drain_timeout": "1s"}}
    assert put(daemon, {TIMEOUT: None}).ok()["persistent"] == {}


@pytest.mark.parametrize("layer", ["persistent", "transient"])
def test_refusals_change_nothing(daemon, layer):
    for setting, reason in (
            ({"foo.bar": 1}, "[foo.bar], not recognized"),
            ({"foo.bar": None}, "[foo.bar], not recognized"),
            ({"engine.*": "1s"}, "[engine.*], not recognized"),
            ({"http": {"port": 1}}, "[http.port], not dynamically updateable"),
            ({"http.port": None}, "[http.port], not dynamically updateable")):
        put(daemon, **{layer: {TIMEOUT: "10s", **setting}}).fails(
            400, "illegal_argument_exception", f"{layer} setting {reason}")
    put(daemon, **{layer: {"engine.load_timeout": "1m", TIMEOUT: "1"}}).fails(
        400, "illegal_argument_exception",
        f"setting [{TIMEOUT}] has the value [1], but must be a time from 10ms to 1d, with a unit "
        "(ms, s, m, h, d)")
    put(daemon, **{layer: {TIMEOUT: ["1s"]}}).fails(
        400, "illegal_argument_exception", f"setting [{TIMEOUT}] takes one value, not a list")
    assert daemon.get(PATH).ok() == {"persistent": {}, "transient": {}}


def test_one_bad_layer_spoils_the_other(daemon):
    put(daemon, {TIMEOUT: "10s"}, {"foo": 1}).fails(
        400, "illegal_argument_exception", "transient setting [foo], not recognized")
    assert daemon.get(PATH).ok() == {"persistent": {}, "transient": {}}


def test_bodies(daemon):
    for body in ({}, {"persistent": {}}, {"transient": {}, "persistent": None}):
        daemon.put(PATH, body).invalid("no settings to update")
    daemon.put(PATH).fails(400, "parse_exception", "request body is required")
    daemon.put(PATH, {"persistant": {TIMEOUT: "1s"}}).fails(
        400, "x_content_parse_exception",
        "[1:2] [cluster_update_settings_request] unknown field [persistant] did you mean "
        "[persistent]?")


def test_there_is_a_bound(daemon):
    for layer in ("persistent", "transient"):
        put(daemon, **{layer: {f"logger.l{i}": "info" for i in range(256)}}).ok()
        put(daemon, **{layer: {"logger.one-more": "info"}}).fails(
            400, "illegal_argument_exception",
            f"[{layer}] would have [257] settings, but may have [256]")
        put(daemon, **{layer: {"logger.l0": None, "logger.one-more": "info"}}).ok()
        put(daemon, **{layer: {"logger." + "x" * 300: "info"}}).fails(
            400, "illegal_argument_exception",
            f"{layer} setting [logger.{'x' * 300}], not recognized")


def test_persistent_settings_survive(daemon):
    put(daemon, {TIMEOUT: "10s"}, {"engine.load_timeout": "1m"}).ok()
    daemon.kill()
    daemon.restart()
    assert flat(daemon) == {"persistent": {TIMEOUT: "10s"}, "transient": {}}
    put(daemon, {TIMEOUT: None, "engine.load_timeout": "2m"}).ok()
    daemon.kill()
    daemon.restart()
    assert flat(daemon)["persistent"] == {"engine.load_timeout": "2m"}


def test_killed_in_the_middle(daemon):
    """Both settings of a request are there, or neither; and what was acknowledged is there."""
    acknowledged = [0]

    def change():
        try:
            for n in range(1, 10000):
                put(daemon, {TIMEOUT: f"{n}s", "engine.load_timeout": f"{n}s"}).ok()
                acknowledged[0] = n
        except OSError:
            pass

    changing = threading.Thread(target=change)
    changing.start()
    until(lambda: acknowledged[0] > 20, "some changes are acknowledged")
    daemon.kill()
    changing.join()
    daemon.restart()
    settings = flat(daemon)["persistent"]
    assert settings[TIMEOUT] == settings["engine.load_timeout"]
    assert acknowledged[0] <= int(settings[TIMEOUT][:-1]) <= acknowledged[0] + 1


def test_changes_at_the_same_time_lose_nothing(daemon):
    names = [f"logger.l{i}" for i in range(60)]
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        for answer in pool.map(lambda name: put(daemon, {name: "info"}), names):
            answer.ok()
    assert sorted(flat(daemon)["persistent"]) == sorted(names)
    daemon.kill()
    daemon.restart()
    assert sorted(flat(daemon)["persistent"]) == sorted(names)


def test_log_level_takes_effect_at_once(daemon):
    """As eland's tests set it."""
    def writes_debug_lines():
        before = len(daemon.log())
        daemon.get("/").ok()
        return any(line["log.level"] == "DEBUG" for line in daemon.log()[before:])

    assert not writes_debug_lines()
    put(daemon, transient={ML_LOGGER: "DEBUG"}).ok()
    until(writes_debug_lines, "debug lines are written")
    put(daemon, transient={ML_LOGGER: None}).ok()
    assert not writes_debug_lines()
    put(daemon, {"logger.level": "DEBUG"}, {"logger.level": "WARN"}).ok()
    assert not writes_debug_lines(), "transient wins over persistent"
    put(daemon, transient={"logger.level": None}).ok()
    until(writes_debug_lines, "debug lines are written")
    daemon.stop()
    daemon.restart()
    until(writes_debug_lines, "the persistent level is in force again")


def test_a_setting_takes_effect_at_once(daemon, name):
    models.serve(daemon, name, models.behaving())
    put(daemon, transient={"xpack.ml.max_deployments": 1}).ok()
    models.upload(daemon, name + "-2", models.behaving())
    start = f"/_ml/trained_models/{name}-2/deployment/_start"
    assert daemon.post(start).status == 429
    put(daemon, transient={"xpack.ml.max_deployments": None}).ok()
    daemon.post(start).ok()


def test_memory_share_takes_effect_at_once(daemon):
    def share():
        (node,) = daemon.get("/_ml/memory/_stats").ok()["nodes"].values()
        return round(100 * node["mem"]["ml"]["max_in_bytes"] / node["mem"]["total_in_bytes"])

    assert share() == 75
    put(daemon, {"xpack.ml.max_machine_memory_percent": 30}).ok()
    assert share() == 30
    put(daemon, {"xpack.*": None}).ok()
    assert share() == 75


def test_a_reload_of_the_file_leaves_the_apis_values(make_daemon, tmp_path):
    path = tmp_path / "inferd.yml"
    path.write_text("engine.load_timeout: 1m\nengine.max_restarts: 1\n")
    daemon = make_daemon(start=False)
    command = daemon.command()
    daemon.command = lambda: [command[0], "-c", str(path), *command[1:]]
    daemon.start()
    put(daemon, {"engine.load_timeout": "2m"}).ok()
    path.write_text("engine.load_timeout: 3m\nengine.max_restarts: 3\n")
    daemon.process.send_signal(signal.SIGHUP)
    until(lambda: in_force(daemon, "engine.max_restarts") == "3", "the file is read again")
    assert flat(daemon)["persistent"] == {"engine.load_timeout": "2m"}
    put(daemon, {"engine.load_timeout": None}).ok()
    assert in_force(daemon, "engine.load_timeout") == "3m"
