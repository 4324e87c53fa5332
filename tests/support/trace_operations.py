# SPDX-License-Identifier: Apache-2.0
"""The program behind scripts/trace-operations, which says how it is used."""

import argparse
import collections
import logging
import tempfile
import warnings
from pathlib import Path

from support import operations


def eland_archives(folder):
    """(name, path) of each configuration in tests/support/architectures.py, as eland exports it."""
    from eland.ml.pytorch.transformers import TransformerModel

    from support import architectures
    for case in architectures.CASES:
        model = architectures.make(case, folder / case.name / "model", folder / "vocabularies")
        exported = TransformerModel(model_id=str(model), task_type="auto" if case.auto else case.task,
                                    es_version=(9, 2, 0), quantize=case.quantize, ingest_prefix=case.ingest_prefix)
        (folder / case.name / "exported").mkdir()
        yield case.name, exported.save(str(folder / case.name / "exported"))[0]


def version_archives(folder):
    """(name, path) of the forms in tests/support/version_models.py, made by this torch."""
    from support import version_models
    version_models.make(folder)
    for path in sorted(folder.glob("*.pt")):
        yield path.stem, path


def archives(arguments, folder):
    for path in arguments.file:
        yield path.name, path
    makers = {"eland": eland_archives, "versions": version_archives}
    if arguments.others:
        from support import more_architectures
        makers["others"] = more_architectures.archives
    for name, maker in makers.items():
        if getattr(arguments, name):
            (folder / name).mkdir()
            yield from maker(folder / name)


def show(found):
    """found: {operation: the archives that name it}."""
    width = max(map(len, found))
    for name, kind in sorted(operations.classify(found).items(), key=lambda item: (item[1] == "allowed", item)):
        sample = ", ".join(found[name][:3]) + (", ..." if len(found[name]) > 3 else "")
        print(f"{kind:9}  {name:{width}}  {len(found[name]):4}  {sample}")


def main():
    parser = argparse.ArgumentParser(prog="scripts/trace-operations")
    for flag in ("eland", "others", "versions", "operators"):
        parser.add_argument(f"--{flag}", action="store_true")
    parser.add_argument("file", nargs="*", type=Path)
    arguments = parser.parse_args()
    if arguments.operators:
        print("\n".join(operations.report()))
        return
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    found = collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "vocabularies").mkdir()
        for label, path in archives(arguments, Path(folder)):
            for name in operations.of_archive(path):
                found[name].append(label)
    if not found:
        parser.error("no file, and no --eland, --others or --versions")
    show(found)


if __name__ == "__main__":
    main()
