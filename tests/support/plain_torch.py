# SPDX-License-Identifier: Apache-2.0
"""What torch alone makes of definitions: whether torch.jit.load takes them.

Run as a program it loads each file of a folder in a process of its own and prints a JSON object: name -> "loads N"
(the values in all parameters and buffers), or what it says instead.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys


def _look(path):
    import torch
    try:
        loaded = torch.jit.load(path)
        return f"loads {sum(one.numel() for one in loaded.state_dict().values())}"
    except Exception as error:  # whatever it is, it is told
        return f"{type(error).__name__}: {error}"


def _apart(path):
    """In a child, since it may crash or never end."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        os.write(theirs, _look(path).encode()[:4000])
        os._exit(0)
    os.close(theirs)
    with open(ours, "rb") as said:
        text = said.read().decode()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return text if status == 0 else f"signal {-status}"


def verdicts(folder, definitions):
    """name -> what torch says, for name -> definition; in a process that imports torch once."""
    for number, definition in enumerate(definitions.values()):
        (folder / str(number)).write_bytes(definition)
    done = subprocess.run([sys.executable, "-W", "ignore", __file__, folder], capture_output=True, text=True,
                          timeout=120)
    said = json.loads(done.stdout)
    return {name: said[str(number)] for number, name in enumerate(definitions)}


if __name__ == "__main__":
    import torch  # noqa: F401  before the first fork
    print(json.dumps({path.name: _apart(str(path)) for path in pathlib.Path(sys.argv[1]).iterdir()}))
