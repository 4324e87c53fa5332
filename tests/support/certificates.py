# SPDX-License-Identifier: Apache-2.0
"""What scripts/setup-security makes, a daemon that uses it, and requests over TLS."""

import os
import pathlib
import ssl
import subprocess
import tempfile

from support.daemon import PROGRAM, ROOT, Daemon
from support.secured import PASSWORD, Secured, basic


def setup_security(folder, *arguments, check=True, password=PASSWORD):
    """Runs the script; the password is given by a file."""
    environment = {**os.environ, "INFERD": str(PROGRAM)}
    if password:
        secret = folder.parent / f"{folder.name}.password"
        secret.touch(mode=0o600)
        secret.write_text(password + "\n")
        environment["INFERD_PASSWORD_FILE"] = str(secret)
    return subprocess.run([ROOT / "scripts/setup-security", folder, *arguments], env=environment, text=True,
                          capture_output=True, check=check)


def openssl(*arguments, **more):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, text=True, **more).stdout


def client_certificate(folder, authority, name="client"):
    """(certificate, key) that the authority in the folder `authority` has signed for clients."""
    key, request, certificate = (folder / f"{name}.{end}" for end in ("key", "csr", "crt"))
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out",
            request, "-subj", f"/CN={name}")
    extensions = folder / f"{name}.ext"
    extensions.write_text("extendedKeyUsage=clientAuth\n")
    openssl("x509", "-req", "-in", request, "-CA", authority / "ca.crt", "-CAkey", authority / "ca.key", "-out",
            certificate, "-days", 2, "-set_serial", 7, "-extfile", extensions)
    return certificate, key


class Encrypted(Secured):
    """A daemon with security and TLS, as the script sets it up."""

    def __init__(self, settings=None, **more):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="inferd-test-")) / "security"
        self.told = setup_security(self.folder).stdout
        self.credentials = basic("elastic", PASSWORD)
        given = dict(line.split(": ", 1) for line in (self.folder / "inferd.yml").read_text().splitlines())
        self.tls = self.context()
        Daemon.__init__(self, {**given, **(settings or {})}, self.folder.parent, **more)

    @property
    def authority(self):
        return str(self.folder / "ca.crt")

    @property
    def url(self):
        return f"https://localhost:{self.address[1]}"

    def context(self, **versions):
        context = ssl.create_default_context(cafile=self.authority)
        for name, value in versions.items():
            setattr(context, name, value)
        return context
