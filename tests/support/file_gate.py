# SPDX-License-Identifier: Apache-2.0
"""Where definitions come in: what is said of a hostile one, everywhere where something is said; and that a good one
answers as it does in torch.

Beside it a deployment is asked all the time, by a thread of its own, and every answer of it must be right.
"""

import json
import re

from support import models, procfs
from support.attack import HOSTILE, Bystander, Scene
from support.daemon import Daemon
from support.poll import until

PATH = "/_ml/trained_models"
SECRET = "open sesame, mountain"
# Of files, of memory maps, of the environment, of addresses.
LEAK = re.compile(r"root:|daemon:|r--p|r-xp|rw-p|\[heap\]|sesame|PATH=|0x[0-9a-f]{9}|7f[0-9a-f]{10}")


class Gate:
    def __init__(self):
        self.daemon = Daemon(environment={"INFERD_TEST_PASSWORD": SECRET})
        self.daemon.start()
        self.scene = Scene(self.daemon, models.behaving())
        self.bystander = Bystander(self.daemon)
        self.bystander.__enter__()

    def close(self):
        """The bystander has seen nothing, and nothing is left open."""
        self.bystander.__exit__(None)
        self.daemon.put(f"{PATH}/{HOSTILE}", models.config()).ok()
        self.scene.leave()

    def refused(self, definition, fragment, verdict="refused"):
        """The report; the reason must have the fragment, in the answers to the upload and to the start, in the report
        and in the log."""
        daemon = self.daemon
        logged = daemon.log_path.stat().st_size
        models.put_config(daemon, HOSTILE)
        upload = models.send_definition(daemon, HOSTILE, definition, 4 << 20)
        upload.fails(400, "status_exception", re.compile(rf"Model definition of \[{HOSTILE}\] was refused: .*"))
        assert fragment in upload.reason, upload
        models.put_vocabulary(daemon, HOSTILE)
        start = daemon.post(f"{PATH}/{HOSTILE}/deployment/_start?timeout=30s")
        assert (start.status, start.reason) == (400, upload.reason), start
        view = daemon.get(f"{PATH}/{HOSTILE}?include=vetting")
        report = view.ok()["trained_model_configs"][0]["vetting"]
        assert report["verdict"] == verdict and fragment in report["reason"], report
        assert ("_approvals/" in upload.reason) == (verdict == "needs_approval"), upload
        self.leave()
        with open(daemon.log_path, encoding="utf-8") as file:
            file.seek(logged)
            text = file.read()
        line, = (line for line in map(json.loads, text.splitlines()) if line["message"] == "definition vetted")
        assert (line["model_id"], line["verdict"], line["reason"]) == (HOSTILE, verdict, report["reason"])
        for said in (upload.body.decode(), start.body.decode(), re.sub(r'"sha256":"\w+"', "", view.body.decode()),
                     re.sub(r'"sha256":"\w+"', "", text)):
            assert not LEAK.search(re.sub(r"_approvals/\w+", "", said)), said
            assert all(char == "\n" or char.isprintable() for char in said), repr(said)
        return report

    def leave(self):
        daemon = self.daemon
        daemon.delete(f"{PATH}/{HOSTILE}?force=true").acknowledged()
        until(lambda: daemon.workers() == [self.scene.innocent], "only the innocent worker is left")
        assert procfs.alive(self.scene.innocent) and not self.bystander.wrong

    def vectors(self, definition, *texts):
        """What a model that must be accepted answers."""
        daemon = self.daemon
        models.put_config(daemon, HOSTILE)
        models.send_definition(daemon, HOSTILE, definition, 4 << 20).acknowledged()
        models.put_vocabulary(daemon, HOSTILE)
        found = daemon.get(f"{PATH}/{HOSTILE}?include=vetting").ok()["trained_model_configs"][0]["vetting"]
        assert found["verdict"] == "accepted" and found["findings"] == [], found
        models.start(daemon, HOSTILE)
        answers = models.vectors(daemon, HOSTILE, *texts)
        self.leave()
        return answers
