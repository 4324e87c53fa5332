# SPDX-License-Identifier: Apache-2.0
"""The program itself: options, settings from file and command line, and how it refuses to start."""

import re
import subprocess

import pytest

from support import models
from support.daemon import PROGRAM
from support.poll import until


def run(*arguments, check=True):
    result = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=30,
                            check=False, stdin=subprocess.DEVNULL)
    if check:
        assert result.returncode == 0, result
    return result


def refused(*arguments):
    """Runs the program, which must end with an error; gives what it said."""
    result = run(*arguments, check=False)
    assert result.returncode not in (0, None) and result.returncode > 0, result
    return result.stderr + result.stdout


def test_version():
    assert re.search(r"\binferd \d+\.\d+\.\d+", run("--version").stdout)


def test_help_names_every_option():
    text = run("--help").stdout
    for option in ("-c", "-E", "--print-config", "--print-routes", "--version", "--help"):
        assert option in text


def printed_config(*arguments):
    text = run(*arguments, "--print-config").stdout
    return {match[1]: match[2].strip().strip("\"'")
            for match in re.finditer(r"^([\w.]+):(.*)$", text, re.M)}


def test_print_config_has_defaults():
    config = printed_config()
    assert config["http.port"] == "9200" and config["network.host"] == "127.0.0.1"
    assert {"cluster.name", "node.name", "node.processors", "path.data", "logger.level",
            "http.max_content_length"} <= set(config)


def test_override():
    assert printed_config("-E", "http.port=9333", "-E", "cluster.name=x y")["http.port"] == "9333"


@pytest.fixture
def config_file(tmp_path):
    def write(text):
        path = tmp_path / "inferd.yml"
        path.write_text(text)
        return str(path)
    return write


@pytest.mark.parametrize("text", ["http.port: 9444\ncluster:\n  name: nested\n",
                                  "http:\n  port: 9444\ncluster.name: nested\n",
                                  "# comment\nhttp: {port: 9444}\ncluster: {name: 'nested'}\n"])
def test_file(config_file, text):
    config = printed_config("-c", config_file(text))
    assert (config["http.port"], config["cluster.name"]) == ("9444", "nested")


def test_command_line_overrides_the_file(config_file):
    path = config_file("http.port: 9444\n")
    assert printed_config("-c", path, "-E", "http.port=9555")["http.port"] == "9555"
    assert printed_config("-E", "http.port=9555", "-c", path)["http.port"] == "9555"


def test_printed_config_can_be_read_again(config_file):
    text = run("-E", "node.name=it's: a \"name\"", "-E", "http.port=9777", "--print-config").stdout
    assert run("-c", config_file(text), "--print-config").stdout == text


@pytest.mark.parametrize("name, value, allowed", [
    ("http.port", "70000", "65535"), ("http.port", "-1", "0"), ("http.port", "abc", ""),
    ("node.processors", "x", ""), ("http.max_content_length", "10", ""),
    ("http.header_timeout", "5 parsecs", ""), ("engine.require_landlock", "maybe", "true"),
    ("logger.level", "loud", "debug"),
])
def test_bad_value_is_named_with_what_is_allowed(config_file, name, value, allowed):
    for arguments in (["-E", f"{name}={value}"], ["-c", config_file(f"{name}: {value}\n")]):
        text = refused(*arguments, "--print-config")
        assert name in text and value in text and allowed in text, text


def test_unknown_setting(config_file):
    for arguments in (["-E", "htp.port=1"], ["-c", config_file("htp.port: 1\n")]):
        text = refused(*arguments)
        assert "htp.port" in text and "http.port" in text, text


def test_error_in_a_file_names_file_and_line(config_file):
    path = config_file("cluster.name: x\n\nno.such: 1\n")
    text = refused("-c", path)
    assert path in text and "3" in text.replace(path, ""), text


@pytest.mark.parametrize("text", ["http.port: [1, 2]\n", "http.port: 1\nhttp.port: 2\n",
                                  "http.port: {a: b}\n", "- a\n- b\n", "a: b: c\n", "\x00",
                                  "http: &x {port: 1}\nother: *x\n"])
def test_files_of_wrong_form(config_file, text):
    refused("-c", config_file(text))


@pytest.mark.parametrize("arguments", [["--no-such-option"], ["-E"], ["-E", "http.port"], ["-c"],
                                       ["-c", "/no/such/file.yml"], ["stray"]])
def test_bad_usage(arguments):
    assert refused(*arguments)


def test_port_that_is_taken(make_daemon):
    first = make_daemon()
    second = make_daemon({"http.port": first.address[1]}, start=False).launch()
    assert second.process.wait(30) > 0
    assert str(first.address[1]) in second.log_text()


def test_data_folder_that_is_in_use(make_daemon):
    first = make_daemon()
    second = make_daemon({"path.data": first.settings["path.data"]}, start=False).launch()
    assert second.process.wait(30) > 0
    assert first.settings["path.data"] in second.log_text()


def test_data_folder_that_cannot_be_made(make_daemon, tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("x")
    daemon = make_daemon({"path.data": str(blocker / "data")}, start=False).launch()
    assert daemon.process.wait(30) > 0
    assert str(blocker) in daemon.log_text()


def test_missing_engine(make_daemon):
    daemon = make_daemon({"engine.path": "/no/such/engine"}, start=False).launch()
    assert daemon.process.wait(30) > 0
    assert "/no/such/engine" in daemon.log_text()


def test_log_level_and_node_name(make_daemon):
    daemon = make_daemon({"node.name": "node-x", "logger.level": "debug"})
    daemon.get("/_cluster/health")
    daemon.get("/_ml/trained_models/none")
    assert all(line.get("node") == "node-x" for line in daemon.log())
    quiet = make_daemon({"logger.level": "info"})
    quiet.get("/_cluster/health")
    assert not any(line["log.level"] in ("DEBUG", "TRACE") for line in quiet.log())


def test_requests_are_logged_with_an_id(make_daemon):
    """At level debug: one line a request, with its id, method, path and status."""
    daemon = make_daemon({"logger.level": "debug"})
    for path in ("/_cluster/health", "/_ml/trained_models/none"):
        daemon.get(path)

    def answered():
        found = [line for line in daemon.log() if line["log.level"] == "DEBUG" and "path" in line]
        return len(found) >= 2 and found
    lines = until(answered, "both requests are logged")
    assert [(line["method"], line["path"], line["status"]) for line in lines] == [
        ("GET", "/_cluster/health", "200"), ("GET", "/_ml/trained_models/none", "404")]
    assert len({line["request_id"] for line in lines}) == 2


def test_bodies_are_never_logged(make_daemon, name):
    daemon = make_daemon({"logger.level": "trace"})
    models.serve(daemon, name, models.behaving())
    models.infer(daemon, name, "secretword alpha")
    daemon.put("/_ml/trained_models/x", b'{"secretword": ')
    assert "secretword" not in daemon.log_text()
