# SPDX-License-Identifier: Apache-2.0
"""What the programs of bench/ print: progress, the table, all measurements."""

import json
import sys


def say(text):
    print(text, file=sys.stderr, flush=True)


def print_table(table):
    """Rows of (name, value, target, met); met is None for what only explains."""
    width = max(len(row[0]) for row in table)
    for name, value, target, met in table:
        verdict = "" if met is None else "ok" if met else "MISSED"
        print(f"{name:<{width}}  {value:>12}  {target:<10} {verdict}".rstrip())


def measure_all(measures, only, daemon, *arguments):
    """Runs the measures {name: (run, rows)}, or the one that is named; all that they found, and their rows."""
    found, table = {}, []
    for name, (run, rows) in measures.items():
        if only in (None, name):
            say(name)
            found[name] = run(daemon, *arguments)
            table += rows(found[name])
    daemon.check()
    return found, table


def finish(table, found, json_path):
    """Prints the table, writes every measurement where asked to; the program's exit status."""
    print_table(table)
    if json_path:
        json_path.write_text(json.dumps(found, indent=1))
    return 0 if all(row[3] is not False for row in table) else 1
