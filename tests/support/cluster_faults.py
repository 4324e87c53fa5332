# SPDX-License-Identifier: Apache-2.0
"""Random faults of a cluster's nodes and of its etcd while clients change things and ask: scripts/cluster-faults.

Each sequence has a cluster of its own: nodes, and three members of etcd; with --network=yes each of them on a machine
of its own, between which the network is cut, too. What a sequence does comes from its seed; only when something
happens beside it does not. Afterwards everything is healed, and what the nodes then show is held against what they
had acknowledged.
"""

import argparse
import collections
import pathlib
import random
import shutil
import signal
import statistics
import subprocess
import sys
import time
import traceback

from support import etcd, models, network
from support.cluster_clients import (
    KINDS, MADE, PATH, SERVED, Asker, Changer, Watcher, ask, began, end, state_of, threads_on)
from support.cluster_plans import wrong_planners
from support.daemon import BUILD, Daemon
from support.poll import until

NODES, PROCESSORS, ALLOCATIONS, LEASE_S = 3, 4, 3, 3


class Thing:
    """A node or a member of etcd, and what was done to its process."""

    def __init__(self, name, subject):
        self.name, self.subject = name, subject
        self.state = "runs"

    def signal(self, number):
        self.subject.process.send_signal(number)

    def kill(self):
        self.subject.kill()
        self.state = "gone"

    def stop(self):
        """As an operator does, who loses patience with a member of etcd that waits for the others."""
        self.signal(signal.SIGTERM)
        try:
            self.subject.process.wait(90 if isinstance(self.subject, Daemon) else 3)
        except subprocess.TimeoutExpired:
            assert not isinstance(self.subject, Daemon), f"{self.name} does not end"
            self.subject.kill()
        self.state = "gone"

    def pause(self):
        self.signal(signal.SIGSTOP)
        self.state = "stands still"

    def go_on(self):
        self.signal(signal.SIGCONT)
        self.state = "runs"

    def start(self):
        """A member of etcd may have to wait for another one until it answers, a node never."""
        if isinstance(self.subject, Daemon):
            self.subject.start()
        else:
            self.subject.launch()
        self.state = "runs"

    def faults(self):
        """What may be done to it now."""
        return {"runs": ["kill", "stop", "pause"], "gone": ["start"], "stands still": ["go_on", "kill"]}[self.state]

    def heal(self):
        if self.state == "stands still":
            self.go_on()
        elif self.state == "gone":
            self.start()


class Cables:
    """Between all machines of a network; what may be done to them, as a method each that says what it was."""

    def __init__(self, whole, things):
        self.network, self.things = whole, things

    def _two(self, chosen):
        one, other = chosen.sample(self.things, 2)
        return one, other, one.subject.machine, other.subject.machine

    def cut(self, chosen):
        one, other, this, that = self._two(chosen)
        self.network.part([this], [that])
        return f"{one.name} and {other.name} do not see each other"

    def cut_one_way(self, chosen):
        one, other, this, that = self._two(chosen)
        self.network.cut(this, that)
        return f"{one.name} does not reach {other.name}"

    def isolate(self, chosen):
        one = chosen.choice(self.things)
        self.network.isolate(one.subject.machine)
        return f"{one.name} is cut off"

    def split(self, chosen):
        some = chosen.sample(self.things, chosen.randint(2, len(self.things) - 2))
        self.network.isolate(*[one.subject.machine for one in some])
        return f"{', '.join(sorted(one.name for one in some))} are cut off"

    def heal(self, _=None):
        self.network.heal()
        return "the network is whole"

    def fault(self, chosen):
        """The more is cut, the sooner it is mended."""
        if chosen.random() < len(self.network.cuts) / len(self.things) / 3:
            return self.heal()
        return chosen.choice([self.cut, self.cut, self.cut_one_way, self.cut_one_way, self.isolate, self.split])(chosen)


class Cluster:
    """Nodes on three members of etcd, with a model that is served."""

    def __init__(self, nodes=NODES, with_network=False):
        whole = network.Network() if with_network else None
        self.members = etcd.members(3, (lambda: network.Member(whole.machine())) if whole else etcd.Etcd)
        settings = {**self.members[0].settings(), "cluster.etcd.lease": f"{LEASE_S}s", "node.processors": PROCESSORS}
        self.nodes = [network.Node(whole.machine(), named) if whole else Daemon(named)
                      for named in ({**settings, "node.name": f"n{number}"} for number in range(nodes))]
        self.things = [Thing(f"node {number}", node) for number, node in enumerate(self.nodes)]
        self.things += [Thing(f"etcd {number}", member) for number, member in enumerate(self.members)]
        self.cables = Cables(whole, self.things) if whole else None

    def start(self):
        for node in self.nodes:
            node.start()
        self.see_all()
        for name in (SERVED, "other"):
            models.upload(self.nodes[0], name, models.behaving(forward_ms=5))
        for node in self.nodes[1:]:
            until(lambda node=node: node.log_text().count("a definition was brought") == 2, "the models are everywhere")
        models.start(self.nodes[0], SERVED, number_of_allocations=ALLOCATIONS, cache_size="0")
        self.serves()

    def see_all(self):
        for node in self.nodes:
            answer = node.get(f"/_cluster/health?wait_for_nodes={len(self.nodes)}&timeout=30s")
            assert answer.status == 200, f"{node.settings['node.name']} sees {answer}"

    def serves(self):
        """Each node has an answer."""
        body = {"docs": [{"text_field": "alpha"}]}
        for node in self.nodes:
            until(lambda node=node: ask(node, "POST", f"{PATH}/{SERVED}/_infer", body)[0] == 200,
                  f"{node.settings['node.name']} answers", 60)

    def destroy(self):
        for thing in self.things:
            if thing.subject.process is not None and thing.state == "stands still":
                thing.go_on()
        for node in self.nodes:
            node.destroy()
        for member in self.members:
            member.destroy()
        if self.cables:
            self.cables.network.close()

    def keep_logs(self, folder):
        """All of them, since what went wrong may be long ago."""
        for thing in self.things:
            for log in sorted(pathlib.Path(thing.subject.home).glob("log*.txt")):
                shutil.copy(log, folder / f"{thing.name.replace(' ', '-')}-{log.name}")


# ---- a sequence ----


def all_of_etcd(cluster, chosen):
    """Every member is killed or stands still."""
    how = chosen.choice(["kill", "pause"])
    for thing in cluster.things:
        if thing.name.startswith("etcd") and how in thing.faults():
            getattr(thing, how)()
    return f"all of etcd: {how}"


def one_fault(cluster, chosen):
    """Something happens; what, in words. When much is in trouble, rather something gets better."""
    if cluster.cables and chosen.random() < 0.5:
        return cluster.cables.fault(chosen)
    troubled = [thing for thing in cluster.things if thing.state != "runs"]
    if len(troubled) >= 3 and chosen.random() < 0.7:
        thing = chosen.choice(troubled)
        what = next(what for what in ("start", "go_on") if what in thing.faults())
    elif chosen.random() < 0.1:
        return all_of_etcd(cluster, chosen)
    else:
        thing = chosen.choice(cluster.things)
        what = chosen.choice(thing.faults())
    getattr(thing, what)()
    return f"{thing.name}: {what}"


def pause_of(chosen):
    """Mostly short, so that faults meet; now and then longer than a lease, so that a node is missed."""
    return chosen.uniform(LEASE_S + 0.5, LEASE_S + 2.5) if chosen.random() < 0.2 else chosen.uniform(0.05, 1.0)


def trouble(cluster, chosen, faults, say):
    for _ in range(faults):
        say(one_fault(cluster, chosen))
        time.sleep(pause_of(chosen))
    if cluster.cables:
        cluster.cables.heal()
    for thing in chosen.sample(cluster.things, len(cluster.things)):
        thing.heal()


def stop_doubtful(cluster, changer):
    """Deployments whose outcome nobody knows would take room from those that must have theirs."""
    for name, values in changer.held.items():
        if len(values) > 1:
            stop = ("POST", f"{PATH}/{name}/deployment/_stop?force=true")
            until(lambda stop=stop: ask(cluster.nodes[0], *stop, timeout=30.0)[0] == 200, f"{name} can be stopped")
            values |= {None}


def full(cluster):
    """The nodes show the same, and every deployment has all its allocations; the state, or an AssertionError.

    Nodes that are asked at the same moment may promise more than there is; then what there is must be given away.
    """
    states = [state_of(node) for node in cluster.nodes]
    assert all(states), "a node does not answer"
    for state in states[1:]:
        for part, shown in state.items():
            assert shown == states[0][part], f"nodes do not show the same {part}: {shown} and {states[0][part]}"
    shown = {name: (one["state"], (one["allocation_status"] or {}).get("allocation_count", 0),
                    one["number_of_allocations"]) for name, one in states[0]["deployments"].items()}
    threads = [threads_on(node) for node in cluster.nodes]
    wanted, there = (sum(one[place] for one in shown.values()) for place in (2, 1))
    most = len(states) * PROCESSORS
    assert all(state == "started" for state, _, _ in shown.values()) and there >= min(wanted, most), \
        f"not all allocations are there: {shown}; threads of the nodes: {threads}"
    return states[0]


def check(cluster, threads, healed):
    """Raises at what is not as it must be; how long it took until all was well."""
    changers = [thread for thread in threads if isinstance(thread, Changer)]
    cluster.see_all()
    for changer in changers:
        if changer.kind == "deployment":
            stop_doubtful(cluster, changer)
    state = until(lambda: full(cluster), "the nodes show the same, and full capacity", 60, 0.1)
    took = time.monotonic() - healed
    wrong = [text for changer in changers for text in changer.wrong(state)]
    assert not wrong, "\n".join(wrong)
    assert SERVED in state["deployments"] and state["deployments"][SERVED]["number_of_allocations"] == ALLOCATIONS
    for thread in threads:
        assert not getattr(thread, "wrong", None) or isinstance(thread, Changer), thread.wrong[:5]
    for node in cluster.nodes:
        assert threads_on(node, 10.0) <= PROCESSORS
        node.check_log()
    cluster.serves()
    wrong = wrong_planners(cluster.members[0])
    assert not wrong, "\n".join(wrong)
    return took


def keep(seed, cluster, done):
    """The reason of a failure and all logs, in a folder of the build's reports."""
    folder = BUILD / "reports" / "cluster-faults" / f"seed-{seed}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    reason = "\n".join([*done, "", traceback.format_exc()])
    (folder / "reason.txt").write_text(reason)
    cluster.keep_logs(folder)
    print(f"{reason}\nlogs are in {folder}", file=sys.stderr)


def sequence(seed, faults, say, nodes=NODES, with_network=False):
    """One cluster's life: what was acknowledged, what was answered, and how long healing took."""
    chosen, done = random.Random(seed), []
    cluster = Cluster(nodes, with_network)
    threads = [Changer(cluster.nodes, kind, f"{kind}-{number}", seed) for number in range(2) for kind in KINDS]
    threads += [Asker(cluster.nodes, f"{seed} {number}") for number in range(4)]
    threads += [Watcher(cluster.nodes, PROCESSORS)]
    try:
        cluster.start()
        began(threads)
        try:
            trouble(cluster, chosen, faults, lambda what: (say(what), done.append(f"{time.time():.3f} {what}")))
        finally:
            healed = time.monotonic()
            end(threads)
        took = check(cluster, threads, healed)
    except BaseException:
        keep(seed, cluster, done)
        raise
    finally:
        cluster.destroy()
    outcomes = sum((thread.outcomes for thread in threads if isinstance(thread, Changer)), collections.Counter())
    asked = sum((thread.outcomes for thread in threads if isinstance(thread, Asker)), collections.Counter())
    return outcomes, asked, took


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sequences", type=int, default=100)
    parser.add_argument("--faults", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--nodes", type=int, default=NODES)
    parser.add_argument("--network", choices=["yes", "no"], default="no")
    options = parser.parse_args()
    commands, asked, times, failed = collections.Counter(), collections.Counter(), [], []
    for seed in range(options.seed, options.seed + options.sequences):
        done = []
        try:
            changes, questions, took = sequence(seed, options.faults, done.append, options.nodes,
                                                options.network == "yes")
        except Exception:
            failed.append(seed)
            print(f"seed {seed} FAILED: {', '.join(done)}", flush=True)
            continue
        commands += changes
        asked += questions
        times.append(took)
        print(f"seed {seed}: {dict(changes)} {dict(questions)}, {took:.1f} s; {', '.join(done)}", flush=True)
    print(f"{len(times)} sequences, {commands[MADE]} acknowledged changes of {sum(commands.values())}, 0 lost; "
          f"{asked[200]} of {sum(asked.values())} questions answered")
    if times:
        print(f"full capacity after the end of the faults: median {statistics.median(times):.1f} s, "
              f"longest {max(times):.1f} s")
    if failed:
        sys.exit(f"{len(failed)} sequences failed: seeds {failed}")


if __name__ == "__main__":
    main()
