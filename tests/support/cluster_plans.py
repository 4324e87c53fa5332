# SPDX-License-Identifier: Apache-2.0
"""Who wrote which plan, by etcd's history: each has to be by the node that was the oldest at that moment.

Each change of the state puts the key "commit", whose text begins with the id of the node that made it; so a revision
that has a plan tells whose it is. Nodes are the keys below "node/".
"""

import base64
import http.client
import json
import urllib.parse

from support.poll import until


def _text(value):
    return base64.b64decode(value or "").decode()


def _put(member, pair):
    """The revision; None while etcd looks for a leader."""
    try:
        return int(member.call("kv/put", pair)["header"]["revision"])
    except OSError:
        return None


def history(member, prefix):
    """Revision -> the changes of that revision, (key without prefix, text or None), of all that etcd still has."""
    encoded = base64.b64encode(prefix.encode()).decode()
    end = base64.b64encode((prefix[:-1] + chr(ord(prefix[-1]) + 1)).encode()).decode()
    # A key beyond all others, put now, so that the watch has an end.
    mark = {"key": base64.b64encode(f"{prefix}~end".encode()).decode(), "value": "AA=="}
    last = until(lambda: _put(member, mark), "etcd takes a change")
    url = urllib.parse.urlsplit(member.url)
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=10)
    with member.within():
        connection.connect()
    body = {"create_request": {"key": encoded, "range_end": end, "start_revision": 1}}
    connection.request("POST", "/v3/watch", json.dumps(body))
    found = {}
    answer = connection.getresponse()
    try:
        while max(found, default=0) < last:
            for event in json.loads(answer.readline())["result"].get("events", []):
                gone = event.get("type") == "DELETE"
                change = (_text(event["kv"]["key"])[len(prefix):], None if gone else _text(event["kv"].get("value")))
                found.setdefault(int(event["kv"]["mod_revision"]), []).append(change)
    finally:
        connection.close()
    return found


def wrong_planners(member, prefix="/inferd/c/"):
    """Plans that another node than the oldest one wrote, in words."""
    nodes, wrong, seen = {}, [], 0  # nodes: id -> the revision at which it came
    for revision, changes in sorted(history(member, prefix).items()):
        writer = next((text.split(" ")[0] for key, text in changes if key == "state/commit"), None)
        master = min(nodes, key=nodes.get, default=None)
        plans = [key for key, text in changes if "/assignment/" in key and text is not None]
        seen += len(plans)
        if plans and writer != master:
            wrong.append(f"revision {revision}: {plans} by {writer}, while the master is {master}")
        for key, text in changes:
            if key.startswith("node/"):
                name = key.removeprefix("node/")
                if text is None:
                    nodes.pop(name, None)
                else:
                    nodes.setdefault(name, revision)
    assert seen > 0, "there is no plan"
    return wrong
