# SPDX-License-Identifier: Apache-2.0
"""What the documents name is there: files, folders, links and their headings, settings."""

import re
from pathlib import Path

import tree

FOLDERS = "src|include|tests|scripts|docs|config|cmake|bench"


def documents(root):
    return [p for p in tree.files(root, suffixes={".md"})]


def check_paths(root):
    """`src/http/server.c` and the like; a star is a glob, a name in <> stands for any."""
    complaints = []
    for path in documents(root):
        for named in re.findall(rf"(?<![\w./-])((?:{FOLDERS})/[\w./*<>-]*)", tree.read(root, path)):
            pattern = re.sub(r"<[^>]*>", "*", named.split("::")[0].rstrip("./")) or named
            if "..." not in named and not any(Path(root).glob(pattern)):
                complaints.append(f"{path}: names [{named}], which is not there")
    return complaints


def slug(heading):
    """A heading's anchor, as forges make it."""
    return re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-")


def check_links(root):
    complaints = []
    for path in documents(root):
        for target in re.findall(r"\]\(([^)\s]+)\)", tree.read(root, path)):
            if re.match(r"\w+:", target):
                continue
            name, _, anchor = target.partition("#")
            linked = Path(root) / Path(path).parent / name if name else Path(root) / path
            if not linked.is_file():
                complaints.append(f"{path}: links to [{target}], which is not there")
            elif anchor and anchor not in map(slug, re.findall(r"^#+ (.*)$", linked.read_text(), re.M)):
                complaints.append(f"{path}: links to [{target}], which has no such heading")
    return complaints


def check_settings(root):
    """A setting that a document names in backticks is a row of the table."""
    table = tree.read(root, "src/base/config_table.c")
    known = set(re.findall(r'"([a-z_]+(?:\.[a-z_]+)+)"', table))
    groups = {name.split(".")[0] for name in known}
    complaints = []
    for path in documents(root):
        for named in re.findall(r"`(?:-E )?([a-z_]+(?:\.[a-z_]+)+)(?:=[^`]*)?`", tree.read(root, path)):
            is_file = re.search(r"\.(h|c|cc|py|md|yml|service)$", named)
            if named.split(".")[0] in groups and named not in known and not is_file:
                complaints.append(f"{path}: names the setting [{named}], which is not there")
    return complaints


def check_messages(root):
    """A message that docs/troubleshooting.md explains is one that the programs can still give."""
    said = ""
    for path in tree.files(root, "src") + tree.files(root, "include") + tree.files(root, "scripts"):
        said += re.sub(r'"\s*\n\s*"', "", tree.read(root, path))
    said, complaints = re.sub(r"\s+", " ", said), []
    for line in tree.read(root, "docs/troubleshooting.md").split("\n"):
        first_column = line.split("|")[1] if line.startswith("| ") else ""
        for message in re.findall(r"`([^`]+)`", first_column):
            for part in re.split(r"\.\.\.|\[[^\]]*\]|\d+\.\d+\.\d+|: |, |\b[NM]\b", message):
                if len(part.strip()) > 3 and part.strip() not in said:
                    complaints.append(f"docs/troubleshooting.md: nobody says [{part.strip()}] of [{message}]")
    return complaints


def check_sections(root):
    """A section of docs/compatibility.md that a source or a test cites is there."""
    text = tree.read(root, "docs/compatibility.md")
    known = set()
    for heading in re.findall(r"^#+ (\d.*)$", text, re.M):
        known.update(number.rstrip(".") for number in re.findall(r"\b\d+(?:\.\d+)?\.?(?= )", heading))
    complaints = []
    for folder in ("src", "include", "tests"):
        for path in tree.files(root, folder):
            cited = re.findall(r"compatibility[ *]+((?:\d+(?:\.\d+)?(?:, | and )?)+)", tree.read(root, path))
            for number in re.findall(r"\d+(?:\.\d+)?", " ".join(cited)):
                if number not in known:
                    complaints.append(f"{path}: cites compatibility {number}, which is not there")
    return complaints


def test_sections():
    tree.report(check_sections(tree.ROOT))


def test_messages():
    tree.report(check_messages(tree.ROOT))


def test_paths():
    tree.report(check_paths(tree.ROOT))


def test_links():
    tree.report(check_links(tree.ROOT))


def test_settings():
    tree.report(check_settings(tree.ROOT))


def test_bad_samples_are_seen():
    table = {"src/base/config_table.c": 'INT("http.port", "9200"), STRING("node.name", "")\n'}
    with tree.Sample({"docs/a.md": "see `src/gone.c` and src/base/*.h and src/<folder>/gone.c\n", **table}) as root:
        assert len(check_paths(root)) == 3
    with tree.Sample({"docs/a.md": "# One\n[x](b.md) [y](#two) [z](#one)\n"}) as root:
        assert len(check_links(root)) == 2
    text = "`node.h`, `http.gone` and `-E node.gone=1`, `http.port`, `input.field_names`\n"
    with tree.Sample({"docs/a.md": text, **table}) as root:
        assert len(check_settings(root)) == 2
    page = "# 1. One\n\n### 1.8 Times, 1.9 sizes\n"
    with tree.Sample({"docs/compatibility.md": page,
                      "src/a.c": "/* compatibility 1, 1.8, 1.9 and 2.1; compatibility 3 */"}) as root:
        assert len(check_sections(root)) == 2
    page = "| message | do |\n| `cannot open [x]: no such thing` | `not this` |\n"
    with tree.Sample({"docs/troubleshooting.md": page, "src/a.c": '"cannot "\n    "open [%s]"'}) as root:
        assert len(check_messages(root)) == 1


if __name__ == "__main__":
    tree.main(globals())
