# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# lib.sh - what the scripts share: words on the terminal, the private environments, libtorch.
# Sourced, never run. What is said goes to stderr, so that a script's answer on stdout stays clean.
#
# Environment: INFERD_PYTHON       Python to use instead of python3
#              INFERD_VENV         the private environment's folder instead of build/venv; what comes with
#                                  it (the clients of 8.x, those in JavaScript) stands beside it
#              TORCH_DIR           folder of an unpacked torch package (holds include/ and lib/)
#              INFERD_TORCH_INDEX  a package index that has the CPU build of torch

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=${INFERD_VENV:-$root/build/venv}
venv8=$venv-8
node_home=$venv-node
torch_version=2.13.0

say() {
    printf '%s\n' "$*" >&2
}

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Prints the comment block at the top of the calling script: its own help text.
usage() {
    sed -n '3,/^$/{ /^#/!d; s/^# \{0,1\}//; p; }' "$0"
}

# "12.3": seconds with one decimal since $1, a value of EPOCHREALTIME.
seconds_since() {
    local now=${EPOCHREALTIME/[.,]/} from=${1/[.,]/}
    local tenths=$(((now - from) / 100000))
    printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}

# Runs a command under a heading and says how long it took. Fails as the command fails.
stage() {
    local title=$1 from=$EPOCHREALTIME status=0
    shift
    say "==> $title"
    "$@" || status=$?
    if [ "$status" -eq 0 ]; then
        say "    $title: $(seconds_since "$from") s"
    else
        say "    $title: FAILED after $(seconds_since "$from") s (exit status $status)"
    fi
    return "$status"
}

# Prints the build folder of an engine ($1) and a sanitizer ($2), unless $3 names one.
build_dir() {
    local dir=$root/build
    [ "$1" = torch ] || dir+=-$1
    [ -z "$2" ] || dir+=-$2
    [ -z "$3" ] || dir=$3
    realpath -m "$dir"
}

# Dies unless the argument $1 is one of the options "NAME=PATTERN ..." of $2, with a value that fits.
check_option() {
    local name=${1#--} pair
    for pair in $2; do
        [ "--${pair%%=*}" = "${1%%=*}" ] || continue
        [[ ${1#*=} =~ ^(${pair#*=})$ ]] && return
        die "[$1] is no value for --${name%%=*}; see scripts/${0##*/} --help"
    done
    die "unknown argument [$1]; see scripts/${0##*/} --help"
}

whole='[1-9][0-9]{0,8}' # a number from 1

# Runs tests/support/$1.py with the options that $2 has patterns for, as check_option takes them; --dir and,
# where $2 has it, --engine are the build's, on the fake engine if nothing else is said.
run_campaign() {
    local module=$1 known=$2 argument engine=fake dir='' options=()
    shift 2
    for argument; do
        case $argument in
        --help | -h)
            usage
            return
            ;;
        --dir=?*) dir=${argument#*=} ;;
        *)
            check_option "$argument" "$known"
            [[ $argument == --engine=* ]] && engine=${argument#*=} || options+=("$argument")
            ;;
        esac
    done
    dir=$(build_dir "$engine" '' "$dir")
    "$root/scripts/build" "--engine=$engine" --tests "--dir=$dir"
    INFERD_BUILD=$dir PYTHONPATH=$root/tests "$("$root/scripts/python-env")" -m "support.$module" "${options[@]}"
}

# ---- the private Python environment ----

# Makes the environment unless it is there and works. Two scripts at once wait for each other.
venv_ensure() {
    local python=${INFERD_PYTHON:-python3}
    if [ -x "$venv/bin/python" ] && "$venv/bin/python" -c 'import pip' 2>/dev/null; then
        return
    fi
    command -v "$python" >/dev/null || die "no $python; scripts/install-deps installs it"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
        die "$python is $("$python" -V 2>&1); torch $torch_version needs Python 3.10 or newer"
    say "making a private Python environment in ${venv#"$root"/} with $("$python" -V 2>&1)"
    mkdir -p "$(dirname "$venv")"
    "$python" -m venv --clear "$venv" ||
        die "$python cannot make virtual environments; scripts/install-deps installs python3-venv"
    # `pip install --report`, which torch_refuse_cuda asks, came with pip 22.2.
    if ! venv_pip install --help | grep -q -e --report; then
        venv_pip install -qq --upgrade pip
    fi
}

venv_pip() {
    "$venv/bin/python" -m pip --disable-pip-version-check "$@"
}

# Runs a command while holding the environment's lock.
venv_locked() {
    mkdir -p "$(dirname "$venv")"
    (
        flock 9
        "$@"
    ) 9>"$venv.lock"
}

# ---- libtorch ----

# Prints the version of the torch package in folder $1; nothing when it is none.
torch_version_of() {
    if [ -f "$1/version.py" ]; then
        sed -n "s/^__version__ = '\(.*\)'/\1/p" "$1/version.py"
    elif [ -f "$1/build-version" ]; then
        head -n 1 "$1/build-version"
    fi
}

# True when the torch package in folder $1 was built for a GPU.
torch_is_gpu() {
    compgen -G "$1/lib/libtorch_cuda*" >/dev/null || compgen -G "$1/lib/libtorch_hip*" >/dev/null ||
        { [ -f "$1/version.py" ] && grep -qE "^(cuda|hip).* = '" "$1/version.py"; }
}

# Says why the folder $1 cannot be used; nothing when it can.
torch_complaint() {
    local version
    if [ ! -f "$1/lib/libtorch_cpu.so" ] || [ ! -f "$1/include/torch/csrc/jit/api/module.h" ]; then
        printf 'it has no lib/libtorch_cpu.so or no include/torch/csrc/jit/api/module.h'
        return
    fi
    version=$(torch_version_of "$1")
    if [ "${version%%+*}" != "$torch_version" ]; then
        printf 'it is torch %s, not %s' "${version:-of unknown version}" "$torch_version"
    fi
}

# Prints the folder of the torch package that the Python $1 would import; fails without one.
torch_of_python() {
    "$1" -c '
import importlib.util, os, sys
spec = importlib.util.find_spec("torch")
if spec is None or spec.origin is None:
    sys.exit(1)
print(os.path.dirname(spec.origin))' 2>/dev/null
}

# Fails with a text that says what to do when pip's torch would bring GPU packages with it. Asks pip
# for the plan only; where the index serves metadata, nothing is downloaded for it.
torch_refuse_cuda() {
    local plan
    plan=$(venv_pip install --quiet --dry-run --ignore-installed --no-deps --report - "$@" \
        "torch==$torch_version") || die "pip has no torch $torch_version for this Python and machine;
    set TORCH_DIR to the folder of an unpacked torch $torch_version CPU build, or
    set INFERD_TORCH_INDEX to a package index that has torch==$torch_version+cpu"
    "$venv/bin/python" -c '
import json, re, sys
from pip._vendor.packaging.requirements import Requirement
gpu = []
for text in json.load(sys.stdin)["install"][0]["metadata"].get("requires_dist", []):
    need = Requirement(text)
    if re.match(r"(nvidia|cuda|pytorch-triton-rocm)", need.name.lower()) and (
            need.marker is None or need.marker.evaluate({"extra": ""})):
        gpu.append(need.name)
if gpu:
    print(", ".join(gpu), file=sys.stderr)
    sys.exit(1)' <<<"$plan" || die "pip's torch $torch_version is a GPU build (it needs the packages above),
    and inferd wants the CPU build: nothing was installed. Either
    set INFERD_TORCH_INDEX to a package index that has torch==$torch_version+cpu, or
    set TORCH_DIR to the folder of an unpacked torch $torch_version CPU build"
}

# Installs torch's CPU build into the private environment unless it is there.
torch_install() {
    local from=$EPOCHREALTIME index=() dir
    venv_ensure
    if dir=$(torch_of_python "$venv/bin/python") && [ -z "$(torch_complaint "$dir")" ]; then
        return
    fi
    if [ -n "${INFERD_TORCH_INDEX:-}" ]; then
        index=(--extra-index-url "$INFERD_TORCH_INDEX")
    fi
    say "installing torch $torch_version+cpu with pip"
    if ! venv_pip install -qq "${index[@]}" "torch==$torch_version+cpu" >&2; then
        say "pip has no torch $torch_version+cpu; asking for plain torch $torch_version"
        torch_refuse_cuda "${index[@]}"
        venv_pip install -qq "${index[@]}" "torch==$torch_version" >&2
    fi
    dir=$(torch_of_python "$venv/bin/python") || die "pip installed torch, but Python does not find it"
    if torch_is_gpu "$dir"; then
        venv_pip uninstall --quiet --yes torch >&2
        die "what pip installed as torch $torch_version is a GPU build; it was removed again.
    Set INFERD_TORCH_INDEX or TORCH_DIR (see scripts/torch-dir --help)"
    fi
    say "installed torch $(torch_version_of "$dir"), a CPU build, in $(seconds_since "$from") s"
}

# Prints the folder of libtorch, in the order that scripts/torch-dir describes.
torch_find() {
    local dir complaint
    if [ -n "${TORCH_DIR:-}" ]; then
        complaint=$(torch_complaint "$TORCH_DIR")
        [ -z "$complaint" ] || die "TORCH_DIR [$TORCH_DIR] cannot be used: $complaint"
        if torch_is_gpu "$TORCH_DIR"; then
            say "note: TORCH_DIR [$TORCH_DIR] is a GPU build; taken because it was asked for"
        fi
        printf '%s\n' "$TORCH_DIR"
        return
    fi
    if dir=$(torch_of_python "${INFERD_PYTHON:-python3}"); then
        complaint=$(torch_complaint "$dir")
        if [ -n "$complaint" ]; then
            say "note: the torch of python3 in [$dir] is left alone: $complaint"
        elif torch_is_gpu "$dir"; then
            say "note: the torch of python3 in [$dir] is left alone: it is a GPU build"
        else
            printf '%s\n' "$dir"
            return
        fi
    fi
    venv_locked torch_install
    torch_of_python "$venv/bin/python"
}
