# SPDX-License-Identifier: Apache-2.0
"""scripts/torch-dir never lets a GPU build in by accident. Wheels made here stand for an index."""

import base64
import hashlib
import os
import pathlib
import subprocess
import sys
import zipfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CPU = "__version__ = '{}'\ncuda: Optional[str] = None\n"
GPU = "__version__ = '{}'\ncuda: Optional[str] = '12.9'\n"
LIBRARY = {"torch/__init__.py": "", "torch/lib/libtorch_cpu.so": "",
           "torch/include/torch/csrc/jit/api/module.h": ""}


def write_wheel(folder, version, requires=(), contents=None):
    """A wheel that pip takes: the files, METADATA, WHEEL and the RECORD of their hashes."""
    info = f"torch-{version}.dist-info"
    requirements = "".join(f"Requires-Dist: {name}\n" for name in requires)
    contents = dict(contents or {})
    contents[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\n{requirements}"
    contents[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = ""
    for name, text in contents.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(text)}\n"
    contents[f"{info}/RECORD"] = record + f"{info}/RECORD,,\n"
    folder.mkdir()
    with zipfile.ZipFile(folder / f"torch-{version}-py3-none-any.whl", "w") as wheel:
        for name, text in contents.items():
            wheel.writestr(name, text)
    return folder


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """An interpreter that sees no installed package, so that no torch of this machine is found."""
    wrapper = tmp_path_factory.mktemp("python") / "python"
    base = getattr(sys, "_base_executable", sys.executable)
    wrapper.write_text(f'#!/bin/sh\nexec "{base}" -I -S "$@"\n')
    wrapper.chmod(0o755)
    return wrapper


@pytest.fixture(scope="module")
def environment(python, tmp_path_factory):
    """One private environment for all tests here; making it is the slow part."""
    kept = {k: v for k, v in os.environ.items()
            if not k.startswith(("PIP_", "INFERD_", "PYTHON")) and k != "TORCH_DIR"}
    return {**kept, "INFERD_PYTHON": str(python), "PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1",
            "INFERD_VENV": str(tmp_path_factory.mktemp("environment") / "venv")}


def torch_dir(environment, links=None, **more):
    more = {k: str(v) for k, v in more.items()}
    if links:
        more["PIP_FIND_LINKS"] = str(links)
    return subprocess.run([ROOT / "scripts/torch-dir"], env={**environment, **more},
                          capture_output=True, text=True)


def installed(environment):
    return list(pathlib.Path(environment["INFERD_VENV"]).glob("lib/python*/site-packages/torch*"))


def test_no_torch_anywhere_says_what_to_do(environment, tmp_path):
    result = torch_dir(environment, tmp_path)
    assert result.returncode != 0 and result.stdout == ""
    assert "TORCH_DIR" in result.stderr and "INFERD_TORCH_INDEX" in result.stderr


def test_a_build_that_needs_gpu_packages_is_refused(environment, tmp_path):
    links = write_wheel(tmp_path / "links", "2.13.0",
                        ["filelock", "nvidia-cublas==13.1; platform_system == 'Linux'"],
                        {**LIBRARY, "torch/version.py": GPU.format("2.13.0")})
    result = torch_dir(environment, links)
    assert result.returncode != 0 and result.stdout == ""
    assert "nvidia-cublas" in result.stderr and "INFERD_TORCH_INDEX" in result.stderr
    assert not installed(environment)


def test_a_gpu_build_that_arrived_is_removed(environment, tmp_path):
    links = write_wheel(tmp_path / "links", "2.13.0", [], {
        **LIBRARY, "torch/version.py": CPU.format("2.13.0"), "torch/lib/libtorch_cuda.so": ""})
    result = torch_dir(environment, links)
    assert result.returncode != 0 and "it was removed again" in result.stderr
    assert not installed(environment)


def test_the_cpu_build_is_asked_for_first_and_kept(environment, tmp_path):
    links = write_wheel(tmp_path / "links", "2.13.0", ["nvidia-cublas"], LIBRARY)
    cpu = write_wheel(tmp_path / "cpu", "2.13.0+cpu", ["nvidia-cublas; platform_system == 'Windows'"],
                      {**LIBRARY, "torch/version.py": CPU.format("2.13.0+cpu")})
    result = torch_dir(environment, f"{links} {cpu}")
    assert result.returncode == 0, result.stderr
    assert (pathlib.Path(result.stdout.strip()) / "version.py").exists()
    assert "installed torch 2.13.0+cpu, a CPU build" in result.stderr
    again = torch_dir(environment)
    assert again.stdout == result.stdout and again.stderr == ""


def test_torch_dir_comes_first_and_is_checked(environment, tmp_path):
    for path, text in {**LIBRARY, "torch/version.py": CPU.format("2.12.1")}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    wrong = torch_dir(environment, TORCH_DIR=tmp_path / "torch")
    assert wrong.returncode != 0 and "it is torch 2.12.1, not 2.13.0" in wrong.stderr
    (tmp_path / "torch/version.py").write_text(CPU.format("2.13.0"))
    right = torch_dir(environment, TORCH_DIR=tmp_path / "torch")
    assert right.returncode == 0 and right.stdout == f"{tmp_path}/torch\n"
    (tmp_path / "torch/lib/libtorch_cuda.so").write_text("")
    gpu = torch_dir(environment, TORCH_DIR=tmp_path / "torch")
    assert gpu.returncode == 0 and "taken because it was asked for" in gpu.stderr
