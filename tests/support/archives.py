# SPDX-License-Identifier: Apache-2.0
"""Archives written again by Python's zipfile, with other content."""

import io
import zipfile


def rewritten(definition, change):
    """The definition, each record's content as change(name, content) gives it; None leaves it out."""
    data = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(definition)) as old, zipfile.ZipFile(data, "w") as new:
        for entry in old.infolist():
            content = change(entry.filename, old.read(entry))
            if content is not None:
                new.writestr(entry.filename, content)
    return data.getvalue()
