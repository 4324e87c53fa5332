# SPDX-License-Identifier: Apache-2.0
"""Who may include what: folders use only each other's faces, downwards; a library has one home.

The table below is the rule. docs/architecture.md prints it for people, CMakeLists.txt links by it.
"""

import re

import tree

# folder: (its faces in include/inferd, folders whose faces it may use)
FOLDERS = {
    "base": (
        "alloc base64 buf client config cpu_kind curl_library error fields hex io_error json json_edit list log"
        " loopback privilege reduce reserve secret_file shared_library similarity strmap units url_setting"
        " version wall_clock", ""),
    "tokenize": ("tokenize", "base"),
    "task": ("task", "base tokenize"),
    "client": ("http_client", "base"),
    "cluster": ("cluster etcd", "base"),
    "store": ("store store_shared", "base cluster"),
    "definitions": ("definitions", "base client cluster store"),
    "forward": ("forward", "base client"),
    "http": ("http route spool", "base"),
    "vet": ("vet", "base"),
    "encoder": ("packed", ""),
    "engine": ("engine engine_environment frame", "base encoder vet"),
    "planner": ("planner", "base"),
    "serving": ("inference serving serving_cluster vetting", "base planner store task tokenize vet"),
    "ingest": ("ingest", "base serving store"),
    "security": ("audit security", "base store"),
    "rest": ("rest", "base client cluster definitions forward http ingest security serving store task"),
}
# Faces that one more file or folder may use, and why: the parent starts the program and speaks the worker's frames.
EXTRA_FACES = {"serving": {"engine_environment", "frame"}}
# Files outside the folders: the two programs' main functions and what belongs to the daemon's alone. The
# engine has no face for its program's beginning, which nobody else calls; so engine_main.c alone uses its
# private headers.
PROGRAMS = {
    "main": "base client cluster definitions forward http ingest security serving store task rest",
    "node_state": "base client cluster definitions forward http ingest security serving store task rest",
    "notify": "",
    "options": "base",
    "service": "base",
    "vet_file": "base engine store vet",
    "engine_main": "base engine vet",
}
PRIVATE_FACES = {"engine_main": "engine/"}
# third-party header: where it may stand
LIBRARIES = {
    r"microhttpd\.h": ["src/http/"],
    r"uv\.h": [
        "src/client/", "src/cluster/", "src/definitions/", "src/forward/", "src/http/",
        "src/ingest/", "src/security/", "src/serving/",
        "src/store/", "src/main.c", "src/node_state.c"],
    r"(torch|ATen|c10|caffe2)/.*": ["src/engine/torch_"],
    r"seccomp\.h": ["src/engine/"],
    r"linux/landlock\.h": ["src/engine/"],
    r"sqlite3\.h": ["src/store/"],
    r"openssl/.*": ["src/security/", "src/store/"],
    r"curl/curl\.h": ["include/inferd/curl_library.h"],
    r"crypt\.h": ["src/security/"],
    r"gnutls/.*": ["src/http/"],
    r"(cjson/)?cJSON\.h": ["src/base/"],
    r"yaml\.h": ["src/base/"],
    r"utf8proc\.h": ["src/ingest/", "src/tokenize/"],
    r"pcre2\.h": ["src/ingest/"],
    r"dlfcn\.h": ["src/base/"],
    r"mecab\.h": ["src/tokenize/"],
    r"zlib\.h": ["src/http/", "src/vet/"],
    r"immintrin\.h": ["src/encoder/"],
}
# Headers of C, C++, POSIX, Linux and the compiler that anybody may use.
PLAIN = re.compile(
    r"(assert|complex|cpuid|ctype|dirent|errno|fcntl|fenv|float|inttypes|iso646|limits|locale|math|poll|"
    r"pthread|pwd|sched|setjmp|signal|spawn|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|"
    r"stdlib|stdnoreturn|string|strings|syslog|time|unistd|wchar|netdb|malloc|getopt|endian|"
    r"(sys|netinet|arpa|net|linux|asm)/[\w/]+)\.h|[a-z_]+"
)


def home(path):
    """The folder that a file of src or include/inferd belongs to, or the program's name."""
    parts = path.split("/")
    if parts[0] == "include":
        stem = parts[-1].rsplit(".", 1)[0]
        return next((f for f, (faces, _) in FOLDERS.items() if stem in faces.split()), None)
    return parts[1] if len(parts) == 3 else parts[1].rsplit(".", 1)[0]


def faces_for(folder):
    if folder in PROGRAMS:
        used = PROGRAMS[folder].split()
        return {face for f in used for face in FOLDERS[f][0].split()}
    own, used = FOLDERS[folder]
    allowed = set(own.split()) | EXTRA_FACES.get(folder, set())
    return allowed | {face for f in used.split() for face in FOLDERS[f][0].split()}


def check_own_header(path, folder, header):
    if header.startswith("inferd/"):
        if header[7:-2] not in faces_for(folder):
            return f'{path}: [{folder}] must not include "{header}"'
    elif "/" in header and header.split("/")[0] + "/" != PRIVATE_FACES.get(folder):
        return f'{path}: "{header}": a private header is named without a folder, by its own folder only'
    return None


def check_library_header(path, header):
    for pattern, places in LIBRARIES.items():
        if re.fullmatch(pattern, header):
            if not any(path == place or path.startswith(place) for place in places if place):
                return f"{path}: <{header}> belongs to {' '.join(places)} only"
            return None
    if not PLAIN.fullmatch(header):
        return f"{path}: <{header}> is in no row of the table in tests/lint/test_layers.py"
    return None


def check_includes(root):
    complaints = []
    for path in tree.files(root, "src", tree.C_SUFFIXES) + tree.files(root, "include", {".h"}):
        folder = home(path)
        if folder not in FOLDERS and folder not in PROGRAMS:
            complaints.append(f"{path}: belongs to no folder of the table in tests/lint/test_layers.py")
            continue
        text = tree.without_comments(tree.read(root, path), strings=False)
        for quote, header in re.findall(r'^#\s*include\s*([<"])([^>"]+)[>"]', text, re.M):
            if quote == '"':
                complaint = check_own_header(path, folder, header)
            else:
                complaint = check_library_header(path, header)
            complaints += [complaint] if complaint else []
    return complaints


def include_graph(root):
    paths = tree.files(root, "src", {".h"}) + tree.files(root, "include", {".h"})
    graph = {}
    for path in paths:
        text = tree.without_comments(tree.read(root, path), strings=False)
        own = path.rsplit("/", 1)[0]
        names = re.findall(r'^#\s*include\s*"([^"]+)"', text, re.M)
        candidates = [f"include/{n}" if n.startswith("inferd/") else f"{own}/{n}" for n in names]
        graph[path] = [c for c in candidates if c in paths]
    return graph


def check_cycles(root):
    graph, done, complaints = include_graph(root), set(), []

    def walk(path, trail):
        if path in trail:
            complaints.append("include cycle: " + " -> ".join(trail[trail.index(path) :] + [path]))
        elif path not in done:
            for target in graph[path]:
                walk(target, trail + [path])
            done.add(path)

    for path in graph:
        walk(path, [])
    return complaints


def check_unique_names(root):
    seen, complaints = {}, []
    for path in tree.files(root, "src", {".c", ".cc"}) + tree.files(root, "include", {".h"}):
        name = path.rsplit("/", 1)[1]
        if name in seen:
            complaints.append(f"{path}: the name [{name}] is taken by {seen[name]}")
        seen.setdefault(name, path)
    return complaints


def check_linking(root):
    """What CMake links a folder with must be what the table lets it include."""
    complaints = []
    rows = re.findall(r"^inferd_folder\((\w+)([^)]*)\)", tree.read(root, "CMakeLists.txt"), re.M)
    if {name for name, _ in rows} != set(FOLDERS):
        complaints.append("CMakeLists.txt: its inferd_folder rows are not the folders of the table")
    for name, libraries in rows:
        # inf_frame is the one file of the engine that both programs link.
        frame = {"frame"} if name == "engine" or name in EXTRA_FACES else set()
        for library in re.findall(r"\binf_(\w+)", libraries):
            if library not in {*FOLDERS.get(name, ("", ""))[1].split(), *frame}:
                complaints.append(f"CMakeLists.txt: [{name}] must not link inf_{library}")
    return complaints


def test_includes():
    tree.report(check_includes(tree.ROOT))


def test_no_include_cycle():
    tree.report(check_cycles(tree.ROOT))


def test_unique_names():
    tree.report(check_unique_names(tree.ROOT))


def test_linking():
    tree.report(check_linking(tree.ROOT))


def complaints_about(check, contents):
    with tree.Sample(contents) as root:
        return check(root)


def test_a_bad_include_is_seen():
    bad = {
        "src/base/a.c": '#include "inferd/http.h"\n',
        "src/store/b.c": "#include <microhttpd.h>\n",
        "src/serving/c.c": '#include "inferd/engine.h"\n',
        "src/task/d.c": '#include "../base/utf8.h"\n',
        "src/http/e.c": "#include <curl/curl.h>\n",
        "src/engine/worker.c": "#include <torch/script.h>\n",
        "include/inferd/base_extra.h": "\n",
        "include/inferd/store.h": '#include "inferd/task.h"\n',
    }
    for path, text in bad.items():
        assert len(complaints_about(check_includes, {path: text})) == 1, path


def test_a_good_include_is_not_blamed():
    good = {
        "src/serving/a.c": '#include "inferd/frame.h"\n#include "inferd/task.h"\n#include <uv.h>\n',
        "src/base/b.c": '/* #include "inferd/http.h" */\n#include <sys/stat.h>\n#include "utf8.h"\n',
        "src/main.c": '#include "inferd/rest.h"\n#include <uv.h>\n',
    }
    assert complaints_about(check_includes, good) == []


def test_a_cycle_is_seen():
    cycle = {"src/base/a.h": '#include "b.h"\n', "src/base/b.h": '#include "a.h"\n'}
    assert len(complaints_about(check_cycles, cycle)) == 1


def test_a_double_name_is_seen():
    double = {"src/base/queue.c": "", "src/serving/queue.c": ""}
    assert len(complaints_about(check_unique_names, double)) == 1


def test_wrong_linking_is_seen():
    text = tree.read(tree.ROOT, "CMakeLists.txt").replace("(task inf_base", "(task inf_base inf_http", 1)
    assert len(complaints_about(check_linking, {"CMakeLists.txt": text})) == 1


if __name__ == "__main__":
    tree.main(globals())
