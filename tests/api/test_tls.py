# SPDX-License-Identifier: Apache-2.0
"""TLS: versions, ciphers, certificates of clients, reload, what is refused at the start; and real clients over it."""

import concurrent.futures
import json
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading

import elasticsearch
import pytest

from support.certificates import Encrypted, client_certificate, openssl, setup_security
from support.daemon import Daemon, running
from support.poll import until
from support.secured import PASSWORD, basic

SSL = "xpack.security.http.ssl."


@pytest.fixture(scope="module")
def encrypted():
    with running(Encrypted().start()) as daemon:
        yield daemon


def s_client(daemon, *arguments):
    result = subprocess.run(["openssl", "s_client", "-connect", f"localhost:{daemon.address[1]}", "-CAfile",
                             daemon.authority, "-verify_return_error", *arguments], input="", text=True,
                            capture_output=True, check=False)
    return result.returncode, result.stdout + result.stderr


# ---- versions and ciphers ----

@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_versions_that_are_spoken(encrypted, version):
    code, text = s_client(encrypted, version)
    assert code == 0 and "Verify return code: 0 (ok)" in text, text


@pytest.mark.parametrize("arguments", [
    ("-tls1", "-cipher", "ALL:@SECLEVEL=0"), ("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"),
    ("-tls1_2", "-cipher", "AES128-GCM-SHA256"), ("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"),
    ("-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256"), ("-tls1_2", "-cipher", "aNULL:@SECLEVEL=0")])
def test_versions_and_ciphers_that_are_not(encrypted, arguments):
    code, text = s_client(encrypted, *arguments)
    assert code != 0, text


def test_plain_http_is_not_spoken(encrypted):
    with socket.create_connection(encrypted.address) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert b"HTTP" not in plain.recv(4096)


def test_fewer_versions_and_ciphers():
    with running(Encrypted({SSL + "supported_protocols": "TLSv1.2",
                            SSL + "cipher_suites": "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"}).start()) as daemon:
        assert s_client(daemon, "-tls1_3")[0] != 0
        code, text = s_client(daemon)
        assert code == 0 and "ECDHE-ECDSA-CHACHA20-POLY1305" in text


# ---- certificates of clients ----

def test_certificates_of_clients(tmp_path):
    with running(Encrypted({SSL + "client_authentication": "required"})) as daemon:
        daemon.settings[SSL + "certificate_authorities"] = daemon.authority
        daemon.start()
        with pytest.raises((ssl.SSLError, ConnectionError)):
            daemon.get("/")
        setup_security(tmp_path / "other")
        daemon.tls = daemon.context()
        daemon.tls.load_cert_chain(*client_certificate(tmp_path, tmp_path / "other", "stranger"))
        with pytest.raises((ssl.SSLError, ConnectionError)):
            daemon.get("/")
        daemon.tls = daemon.context()
        daemon.tls.load_cert_chain(*client_certificate(tmp_path, daemon.folder))
        assert daemon.get("/").status == 200
        assert daemon.get("/", headers=basic("elastic", "wrong")).status == 401, "a certificate is no login"


def test_optional_certificates_of_clients(tmp_path):
    with running(Encrypted({SSL + "client_authentication": "optional"})) as daemon:
        daemon.settings[SSL + "certificate_authorities"] = daemon.authority
        daemon.start()
        assert daemon.get("/").status == 200
        setup_security(tmp_path / "other")
        daemon.tls = daemon.context()
        daemon.tls.load_cert_chain(*client_certificate(tmp_path, tmp_path / "other", "stranger"))
        with pytest.raises((ssl.SSLError, ConnectionError)):
            daemon.get("/")


# ---- reload ----

def served(daemon):
    """The certificate that a new connection is shown."""
    with socket.create_connection(daemon.address) as plain:
        with daemon.context().wrap_socket(plain, server_hostname="localhost") as connection:
            return connection.getpeercert(True)


def renew(daemon):
    """Another certificate of the same authority in the place of the old one."""
    key, request = daemon.folder / "http.key", daemon.folder / "http.csr"
    openssl("req", "-new", "-key", key, "-out", request, "-subj", "/CN=renewed")
    extensions = daemon.folder / "http.ext"
    extensions.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n"
                          "authorityKeyIdentifier=keyid\n")
    openssl("x509", "-req", "-in", request, "-CA", daemon.folder / "ca.crt", "-CAkey", daemon.folder / "ca.key",
            "-out", daemon.folder / "new.crt", "-days", 2, "-extfile", extensions)
    (daemon.folder / "new.crt").replace(daemon.folder / "http.crt")


def loads(daemon):
    return sum(line.get("message") == "certificate loaded" for line in daemon.log())


def test_reload_under_load():
    """New connections see each new certificate, and no request fails."""
    with running(Encrypted().start()) as daemon:
        over = threading.Event()

        def ask(keep):
            count = 0
            with elasticsearch.Elasticsearch(daemon.url, ca_certs=daemon.authority, max_retries=0,
                                             basic_auth=("elastic", PASSWORD)) as client:
                while not over.is_set():
                    client.info() if keep else daemon.get("/").ok()
                    count += 1
            return count

        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            jobs = [pool.submit(ask, keep) for keep in (True, False, False)]
            seen = {served(daemon)}
            for n in range(5):
                renew(daemon)
                daemon.process.send_signal(signal.SIGHUP)
                until(lambda n=n: loads(daemon) == n + 2, "the certificate is loaded")
                seen.add(served(daemon))
            over.set()
            assert all(job.result() > 5 for job in jobs)
        assert len(seen) == 6
        (daemon.folder / "http.crt").write_text("broken")
        daemon.process.send_signal(signal.SIGHUP)
        until(lambda: "certificate not reloaded" in daemon.log_text(), "the failure is told")
        assert served(daemon) in seen and daemon.get("/").status == 200


# ---- refusals at the start ----

def refuses(settings, *words):
    daemon = Encrypted(settings)
    try:
        daemon.launch()
        assert daemon.process.wait(30) == 2, daemon.log_text()
        assert all(word in daemon.log_text() for word in words), daemon.log_text()
    finally:
        daemon.destroy()


@pytest.mark.parametrize("settings, words", [
    ({SSL + "certificate": ""}, ["[xpack.security.http.ssl.certificate]", "No such file"]),
    ({SSL + "key": "/dev/null"}, ["[xpack.security.http.ssl.key]"]),
    ({SSL + "supported_protocols": "TLSv1.1"}, ["[xpack.security.http.ssl.supported_protocols]", "[TLSv1.3]"]),
    ({SSL + "cipher_suites": "TLS_RSA_WITH_NULL_MD5"}, ["names [TLS_RSA_WITH_NULL_MD5]"]),
    ({SSL + "client_authentication": "required"}, ["[xpack.security.http.ssl.certificate_authorities]"])])
def test_settings_that_cannot_be(settings, words):
    refuses(settings, *words)


def test_key_that_others_can_read_and_key_of_another_certificate(tmp_path):
    key = tmp_path / "key"
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key)
    key.chmod(0o644)
    refuses({SSL + "key": key}, f"the file [{key}] has the mode [0644], so others can read it; use chmod 600")
    key.chmod(0o600)
    refuses({SSL + "key": key}, "[xpack.security.http.ssl.certificate] and [xpack.security.http.ssl.key]")


def test_encrypted_key():
    with running(Encrypted()) as daemon:
        passphrase = daemon.folder / "passphrase"
        passphrase.touch(0o600)
        passphrase.write_text("a passphrase\n")
        openssl("pkcs8", "-topk8", "-in", daemon.folder / "http.key", "-out", daemon.folder / "locked.key", "-passout",
                f"file:{passphrase}")
        daemon.settings[SSL + "key"] = daemon.folder / "locked.key"
        daemon.settings[SSL + "key_passphrase_file"] = passphrase
        assert daemon.start().get("/").status == 200


# ---- addresses ----

@pytest.mark.parametrize("settings, missing", [
    ({}, "[xpack.security.enabled] is [false]"),
    ({"xpack.security.enabled": "true"}, "[xpack.security.http.ssl.enabled] is [false]")])
def test_other_addresses_need_both(settings, missing):
    daemon = Daemon({**settings, "network.host": "0.0.0.0"})
    try:
        daemon.launch()
        assert daemon.process.wait(30) == 2
        assert missing in daemon.log_text() and "scripts/setup-security" in daemon.log_text()
    finally:
        daemon.destroy()


def test_other_addresses_with_both_and_by_saying_so():
    with running(Encrypted({"network.host": "0.0.0.0"}).start()) as daemon:
        assert daemon.get("/").status == 200
    with running(Daemon({"network.host": "0.0.0.0", "network.allow_insecure": "true"}).start()) as daemon:
        assert daemon.get("/").status == 200


# ---- the script ----

def test_script(encrypted, tmp_path):
    assert PASSWORD not in encrypted.told
    for path in encrypted.folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
    again = setup_security(encrypted.folder, check=False)
    assert again.returncode == 1 and "is there already" in again.stderr
    told = setup_security(tmp_path / "new", "example.org", "192.0.2.7", password=None).stdout
    names = openssl("x509", "-in", tmp_path / "new/http.crt", "-noout", "-ext", "subjectAltName")
    assert "DNS:example.org" in names and "IP Address:192.0.2.7" in names and "DNS:localhost" in names
    assert len(re.search(r"^password: +(\S+)$", told, re.M).group(1)) == 24
    assert setup_security(tmp_path / "bad", "a b", check=False).returncode == 1
    shutil.rmtree(tmp_path / "new")


# ---- clients ----

def fingerprint(daemon):
    return re.search(r"fingerprint: +(\S+)", daemon.told).group(1)


def test_curl(encrypted):
    def curl(*arguments):
        return subprocess.run(["curl", "-s", *arguments, f"{encrypted.url}/_security/_authenticate"],
                              capture_output=True, text=True, check=False)
    trusting = ["--cacert", encrypted.authority]
    assert json.loads(curl(*trusting, "-u", f"elastic:{PASSWORD}").stdout)["username"] == "elastic"
    assert json.loads(curl(*trusting).stdout)["status"] == 401
    assert curl("-u", f"elastic:{PASSWORD}").returncode == 60, "the authority is not known"
    key = encrypted.make_key()
    for scheme in ("ApiKey", "Bearer"):
        shown = json.loads(curl(*trusting, "-H", f"Authorization: {scheme} {key['encoded']}").stdout)
        assert shown["authentication_type"] == "api_key"


def test_python_client(encrypted):
    key = encrypted.make_key()
    for trust in ({"ca_certs": encrypted.authority}, {"ssl_assert_fingerprint": fingerprint(encrypted)}):
        for who in ({"basic_auth": ("elastic", PASSWORD)}, {"api_key": key["encoded"]},
                    {"api_key": (key["id"], key["api_key"])}, {"bearer_auth": key["encoded"]}):
            with elasticsearch.Elasticsearch(encrypted.url, **trust, **who) as client:
                assert client.security.authenticate()["username"] == "elastic", (trust, who)
    with elasticsearch.Elasticsearch(encrypted.url, ca_certs=encrypted.authority, basic_auth=("a", "b")) as client:
        with pytest.raises(elasticsearch.AuthenticationException):
            client.info()
    with elasticsearch.Elasticsearch(encrypted.url, ssl_assert_fingerprint="00" * 32, max_retries=0,
                                     basic_auth=("elastic", PASSWORD)) as client:
        with pytest.raises(elasticsearch.TransportError):
            client.info()


def test_python_client_manages_security(encrypted):
    with elasticsearch.Elasticsearch(encrypted.url, ca_certs=encrypted.authority,
                                     basic_auth=("elastic", PASSWORD)) as client:
        security = client.security
        assert security.put_role(name="r", cluster=["manage_own_api_key", "monitor"],
                                 indices=[{"names": ["*"], "privileges": ["read"]}])["role"]["created"] is True
        assert security.get_role(name="r")["r"]["cluster"] == ["manage_own_api_key", "monitor"]
        assert security.put_user(username="u", password="a-password", roles=["r"], metadata={})["created"] is True
        assert security.get_user(username="u")["u"]["roles"] == ["r"]
        security.change_password(username="u", password="b-password")
        security.disable_user(username="u")
        security.enable_user(username="u")
        as_user = client.options(basic_auth=("u", "b-password"))
        made = as_user.security.create_api_key(name="k", expiration="1d", role_descriptors={}, metadata={"a": 1})
        assert as_user.security.get_api_key(owner=True)["api_keys"][0]["id"] == made["id"]
        assert as_user.security.query_api_keys(query={"term": {"name": "k"}})["total"] == 1
        assert as_user.security.update_api_key(id=made["id"], metadata={"a": 2})["updated"] is True
        assert as_user.security.has_privileges(cluster=["monitor"])["has_all_requested"] is True
        with_key = client.options(api_key=made["encoded"])
        assert with_key.security.authenticate()["api_key"]["name"] == "k"
        with pytest.raises(elasticsearch.AuthorizationException):
            with_key.ml.delete_trained_model(model_id="m")
        assert security.clear_api_key_cache(ids=made["id"])["_nodes"]["failed"] == 0
        assert as_user.security.invalidate_api_key(owner=True)["invalidated_api_keys"] == [made["id"]]
        with pytest.raises(elasticsearch.AuthenticationException):
            with_key.info()
        assert security.get_user_privileges()["cluster"] == ["all"]
        assert "monitor" in security.get_builtin_privileges()["cluster"]
        assert security.delete_user(username="u")["found"] is True
        assert security.delete_role(name="r")["found"] is True
