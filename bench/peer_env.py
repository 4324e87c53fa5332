# SPDX-License-Identifier: Apache-2.0
"""Private Python environments of the peers, each in build/peers/<name> (or in what INFERD_PEERS names).

What the Python that runs this has already (torch, transformers, ...) is found there too, unless the peer's
own requirements say another version, so that no second torch is needed.
"""

import fcntl
import hashlib
import os
import pathlib
import site
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = pathlib.Path(os.environ.get("INFERD_PEERS") or HERE.parent / "build" / "peers").resolve()


def requirements(name):
    """The file with the pinned versions."""
    return HERE / "peers" / f"{name}.txt"


def python(name):
    """The environment's Python."""
    return FOLDER / name / "bin" / "python"


def _stamp(name):
    """What the environment was made of: the requirements and the Python beneath."""
    text = requirements(name).read_text() + sys.version + sys.prefix
    return hashlib.sha256(text.encode()).hexdigest()


def _make(name):
    """An empty environment that finds what this Python has after its own packages."""
    folder = FOLDER / name
    subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", folder], check=True)
    own = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    lines = [f"import site; site.addsitedir({path!r})\n" for path in site.getsitepackages()]
    (own / "first.pth").write_text("".join(lines))


def _install(name):
    subprocess.run([python(name), "-m", "pip", "--disable-pip-version-check", "install", "-qq",
                    "--no-warn-conflicts", "-r", requirements(name)], check=True, stdout=sys.stderr)


def install(name):
    """Makes the environment unless it is there as its requirements want it; seconds that it took."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    stamp, began = FOLDER / name / "requirements.sum", time.monotonic()
    with open(FOLDER / f"{name}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != _stamp(name):
            _make(name)
            _install(name)
            stamp.write_text(_stamp(name))
    return time.monotonic() - began


def version(name, package):
    """The version of a package as the peer imports it."""
    code = f"import importlib.metadata; print(importlib.metadata.version({package!r}))"
    return subprocess.run([python(name), "-c", code], check=True, capture_output=True,
                          text=True).stdout.strip()
