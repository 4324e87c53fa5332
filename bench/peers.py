#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Other servers of the same model, to be measured beside inferd: how each is installed, started and asked.

Each is set up as its documents advise for two processors: two workers with one thread each. `--check` has
each answer texts and compares the answers with the model's own.
"""

import argparse
import concurrent.futures
import functools
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

import minilm  # noqa: E402
import peer_env  # noqa: E402
import peer_process  # noqa: E402
from report import say  # noqa: E402

CACHE = HERE.parent / "build" / "bench"
FILES = HERE / "peers"
WORKERS = 2
BATCH = 16
TOLERANCE = 1e-4
SHORT = "How long does it take to answer a short question?"
LONG = " ".join(minilm.WORDS * 12)  # more than 256 tokens, where some would cut it, and fewer than 512
MODEL_FILES = ("config.json", "modules.json", "1_Pooling", "tokenizer.json", "tokenizer_config.json",
               "special_tokens_map.json", "vocab.txt", "model.safetensors")


def link(source, target):
    """A symbolic link, made anew."""
    target.unlink(missing_ok=True)
    target.symlink_to(source)


def model_folder(cache):
    """The model with all 512 tokens of a text allowed, as inferd allows them."""
    folder = cache / "peers" / "minilm"
    folder.mkdir(parents=True, exist_ok=True)
    for name in MODEL_FILES:
        link(minilm.folder() / name, folder / name)
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 512, "do_lower_case": false}')
    return folder


def onnx_model(cache, kind):
    """The model as ONNX, tokens or pooled; made once, by the environment that has ONNX."""
    path = cache / "peers" / "onnx" / kind / "model.onnx"
    if not path.exists():
        peer_env.install("onnx")
        path.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([peer_env.python("onnx"), "-W", "ignore", FILES / "export_onnx.py", minilm.folder(),
                        path, kind], check=True, stdout=sys.stderr, env={**os.environ, **peer_process.SETTINGS})
    return path


@functools.cache
def reference(cache):
    """The TorchScript file that inferd serves, and the tokenizer."""
    import torch
    from transformers import AutoTokenizer
    return torch.jit.load(minilm.exported(cache)[0]), AutoTokenizer.from_pretrained(minilm.folder())


@functools.cache
def expected(cache, text):
    """The embedding as inferd's model gives it."""
    import torch
    model, tokenizer = reference(cache)
    tokens = tokenizer(text, truncation=True, max_length=512, return_tensors="pt")
    ids = tokens["input_ids"]
    with torch.inference_mode():
        found = model(ids, tokens["attention_mask"], tokens["token_type_ids"],
                      torch.arange(ids.shape[1])[None])
    return found[0].tolist()


def same(found, wanted):
    """Raises unless the embeddings are the same within the tolerance; gives the largest difference."""
    if len(found) != len(wanted):
        raise ValueError(f"the embedding has {len(found)} numbers and not {len(wanted)}")
    difference = max(abs(a - b) for a, b in zip(found, wanted))
    if not difference <= TOLERANCE:
        raise ValueError(f"the embedding differs by {difference:.2g}")
    return difference


class Peer:
    """A server of the model over HTTP. What differs from one to the next is in the classes below."""

    environment = package = None
    path = "/"

    def __init__(self, name, cache=CACHE):
        self.name, self.cache, self.process = name, cache, None

    def install(self):
        """Makes its environment; seconds that it took."""
        return peer_env.install(self.environment)

    def version(self):
        return peer_env.version(self.environment, self.package)

    def export(self):
        """The model in the form that it takes."""
        return model_folder(self.cache)

    def command(self, port, cores):
        """Arguments of the server and settings of its environment."""
        raise NotImplementedError

    def body(self, text):
        """What to POST to path for one text."""
        return peer_process.json_bytes({"text": text})

    def embedding(self, answer):
        """The numbers in an answer."""
        return json.loads(answer)["embedding"]

    def check(self, answer, wanted):
        """Raises unless the answer is the embedding that is wanted; gives the largest difference."""
        return same(self.embedding(answer), wanted)

    @property
    def folder(self):
        """Where it runs and leaves its log."""
        return self.cache / "peers" / "run" / self.name

    def start(self, port, cores):
        """The running server, when it answers on 127.0.0.1."""
        arguments, settings = self.command(port, cores)
        self.process = peer_process.launch(arguments, cores, settings, self.folder)
        try:
            peer_process.wait(self.process, port, self.path, self.body(SHORT))
        except BaseException:
            self.stop()
            raise
        return self.process

    def pss(self):
        """Resident memory of all of its processes, in bytes."""
        return peer_process.pss(self.process.pid)

    def stop(self):
        """Ends it with all of its processes."""
        if self.process is not None:
            peer_process.stop(self.process)
            self.process = None


class FastApi(Peer):
    """sentence-transformers behind FastAPI and uvicorn, two processes."""

    environment, package, path = "fastapi", "fastapi", "/embed"

    def command(self, port, cores):
        return ([peer_env.python("fastapi"), "-m", "uvicorn", "fastapi_server:app", "--app-dir", FILES,
                 "--host", "127.0.0.1", "--port", port, "--workers", WORKERS, "--no-access-log",
                 "--log-level", "warning"], {"PEER_MODEL": str(self.export())})


class LitServe(Peer):
    """LitServe with two workers, one text or a batch at a time."""

    environment, package, path = "litserve", "litserve", "/predict"

    def __init__(self, name, batch=1, **options):
        super().__init__(name, **options)
        self.batch = batch

    def command(self, port, cores):
        return [peer_env.python("litserve"), FILES / "litserve_server.py", self.export(), port, WORKERS,
                self.batch], {}


class Infinity(Peer):
    """infinity, which always batches what waits.

    One model with as many threads as processors: two models in its one process (--device-id 0,1), which its
    source calls useful for debugging only, hang with torch 2.13.
    With optimum, ONNX Runtime pins its threads to all processors itself, whatever the server is started on.
    """

    environment, package, path = "infinity", "infinity-emb", "/embeddings"

    def __init__(self, name, engine, **options):
        super().__init__(name, **options)
        self.engine = engine

    def export(self):
        if self.engine == "torch":
            return model_folder(self.cache)
        folder = onnx_model(self.cache, "tokens").parent
        for name in set(MODEL_FILES) - {"model.safetensors"}:
            link(minilm.folder() / name, folder / name)
        return folder

    def command(self, port, cores):
        if self.engine == "optimum" and set(cores) != set(range(os.cpu_count())):
            raise ValueError("infinity with ONNX Runtime uses all processors and cannot be kept to some")
        arguments = [peer_env.python("infinity").parent / "infinity_emb", "v2", "--model-id", self.export(),
                     "--served-model-name", "minilm", "--engine", self.engine, "--device", "cpu",
                     "--pooling-method", "mean", "--batch-size", 32, "--host", "127.0.0.1", "--port", port,
                     "--log-level", "warning"]
        threads = str(len(cores))
        return arguments, {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads}

    def body(self, text):
        return peer_process.json_bytes({"model": "minilm", "input": [text]})

    def embedding(self, answer):
        return json.loads(answer)["data"][0]["embedding"]


class TorchServe(Peer):
    """TorchServe with two workers and the TorchScript file that inferd serves."""

    environment, package, path = "torchserve", "torchserve", "/predictions/minilm"

    def __init__(self, name, batch=1, delay_ms=0, **options):
        super().__init__(name, **options)
        self.batch, self.delay_ms = batch, delay_ms

    def install(self):
        if shutil.which("java") is None:
            raise RuntimeError("TorchServe needs Java 17 or newer, and there is no java; "
                               "Debian's openjdk-17-jre-headless has it")
        return super().install()

    def export(self):
        """The archive of model, tokenizer and handler; gives its folder."""
        store = self.folder / "store"
        store.mkdir(parents=True, exist_ok=True)
        (self.folder / "model.yaml").write_text(
            f"minWorkers: {WORKERS}\nmaxWorkers: {WORKERS}\nbatchSize: {self.batch}\n"
            f"maxBatchDelay: {self.delay_ms}\n")
        names = ("config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt")
        subprocess.run(
            [peer_env.python("torchserve").parent / "torch-model-archiver", "--model-name", "minilm",
             "--version", "1", "--serialized-file", minilm.exported(self.cache)[0],
             "--handler", FILES / "torchserve_handler.py", "--config-file", self.folder / "model.yaml",
             "--extra-files", ",".join(str(minilm.folder() / name) for name in names),
             "--export-path", store, "--force"], check=True, stdout=sys.stderr)
        return store

    def command(self, port, cores):
        here = "http://127.0.0.1:"
        (self.folder / "config.properties").write_text(
            f"inference_address={here}{port}\nmanagement_address={here}{port + 1}\n"
            f"metrics_address={here}{port + 2}\ngrpc_inference_port={port + 3}\n"
            f"grpc_management_port={port + 4}\ngrpc_inference_address=127.0.0.1\n"
            f"grpc_management_address=127.0.0.1\nload_models=minilm.mar\n"
            f"default_workers_per_model={WORKERS}\n")
        scripts = peer_env.python("torchserve").parent
        return ([scripts / "torchserve", "--start", "--foreground", "--ncs", "--disable-token-auth",
                 "--model-store", self.folder / "store", "--ts-config", self.folder / "config.properties",
                 "--log-config", FILES / "torchserve_log.xml"],
                {"PATH": f"{scripts}:{os.environ['PATH']}", "TEMP": str(self.folder),
                 "LOG_LOCATION": str(self.folder), "METRICS_LOCATION": str(self.folder)})

    def start(self, port, cores):
        self.export()
        return super().start(port, cores)


class OnnxLoop:
    """ONNX Runtime without a server: a loop over ids.bin, as bench/raw_loop.c is one for inferd's engine."""

    path = None  # it cannot be asked over HTTP

    def __init__(self, name, cache=CACHE):
        self.name, self.cache = name, cache

    def install(self):
        return peer_env.install("onnx")

    def version(self):
        return peer_env.version("onnx", "onnxruntime")

    def export(self):
        return onnx_model(self.cache, "pooled")

    def run(self, ids, threads, seconds, cores):
        """What bench/peers/onnx_loop.py prints."""
        result = subprocess.run(
            ["taskset", "-c", ",".join(map(str, sorted(cores))), peer_env.python("onnx"),
             FILES / "onnx_loop.py", self.export(), ids, str(threads), str(seconds)],
            check=True, capture_output=True, text=True, env={**os.environ, **peer_process.SETTINGS})
        return json.loads(result.stdout)


PEERS = {peer.name: peer for peer in (
    TorchServe("torchserve"),
    TorchServe("torchserve-batching", batch=BATCH, delay_ms=5),
    Infinity("infinity-torch", "torch"),
    Infinity("infinity-optimum", "optimum"),
    LitServe("litserve"),
    LitServe("litserve-batching", batch=BATCH),
    FastApi("fastapi"),
    OnnxLoop("onnx-loop"),
)}


def free_port(count=5):
    """The first of some ports in a row that nobody listens on now."""
    for port in range(21000, 32000, count):
        sockets = [socket.socket() for _ in range(count)]
        try:
            for number, one in enumerate(sockets):
                one.bind(("127.0.0.1", port + number))
            return port
        except OSError:
            continue
        finally:
            for one in sockets:
                one.close()
    raise RuntimeError("no free ports")


def check_loop(peer):
    """(largest difference, memory) of a peer without a server."""
    _, ids = minilm.write_inputs(peer.cache)
    found = peer.run(ids, 1, 0, os.sched_getaffinity(0))
    return same(found["embedding"], expected(peer.cache, minilm.texts()[0])), found["pss"]


def difference(peer, port, text):
    """Asks one text; how much the answer differs."""
    status, answer = peer_process.post(port, peer.path, peer.body(text), timeout=60)
    if status != 200:
        raise ValueError(f"answered {status}: {answer[:300]!r}")
    return peer.check(answer, expected(peer.cache, text))


def check_server(peer):
    """(largest difference, memory) of a server: two texts alone, then many at once, so that it may batch."""
    texts, port = minilm.texts()[:12], free_port()
    for text in (SHORT, LONG, *texts):
        expected(peer.cache, text)
    peer.start(port, os.sched_getaffinity(0))
    try:
        found = [difference(peer, port, text) for text in (SHORT, LONG)]
        with concurrent.futures.ThreadPoolExecutor(len(texts)) as pool:
            found += pool.map(lambda text: difference(peer, port, text), texts)
        return max(found), peer.pss()
    finally:
        peer.stop()


def check(peer):
    """Installs it, asks it, compares, prints one line."""
    took = peer.install()
    worst, memory = (check_loop if peer.path is None else check_server)(peer)
    print(f"{peer.name:<24} {peer.version():<10} same within {worst:.1e}  {memory / 2**20:7.1f} MiB  "
          f"installed in {took:.1f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", nargs="*", metavar="NAME", required=True, choices=PEERS,
                        help=f"of {', '.join(PEERS)}; all of them if none is named")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that no server is left
    failed = 0
    for name in parser.parse_args().check or PEERS:
        try:
            check(PEERS[name])
        except Exception as error:  # the next one shall be checked all the same
            say(f"{name}: {error}")
            failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
