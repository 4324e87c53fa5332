# SPDX-License-Identifier: Apache-2.0
"""The models of torch_models, in the text that tests/support/fake_engine.c reads, inside the smallest archive
that passes vetting."""

import io
import zipfile

# One object of a class without attributes, and no constants, as torch.jit.save writes them.
DATA = b"\x80\x02c__torch__\nFake\nq\x00)\x81}(ub."
CONSTANTS = b"\x80\x02)."


def archive(text, **more):
    """An archive that holds the text; more: other records, by name."""
    records = {"data.pkl": DATA, "constants.pkl": CONSTANTS, "code/__torch__.py": b"class Fake(Module):\n",
               "version": b"3\n", "extra/model": text, **more}
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as out:
        for name, content in records.items():
            out.writestr(zipfile.ZipInfo(f"fake/{name}"), content)
    return data.getvalue()


def _text(operations=(), **lines):
    text = "INFERD-FAKE 1\n" + "".join(f"{key} {value}\n" for key, value in lines.items())
    text += "".join(f"operation {name}\n" for name in operations)
    return archive((text + "end\n").encode())


def ones():
    return _text(dim=2, dtype="float64")


def behaving(dim=4, forward_ms=0, ballast_bytes=0, load_sleep_ms=0, hang_ms=None):
    """hang_ms: how long it hangs; None: for ever."""
    more = {} if hang_ms is None else {"hang_ms": hang_ms}
    return _text(dim=dim, sleep_ms=forward_ms, load_sleep_ms=load_sleep_ms, load_mb=ballast_bytes >> 20, throw_on_id=6,
                 crash_on_id=7, alloc_on_id=8, hang_on_id=9, leak_on_id=29, **more)


def row_wise(dim=4, forward_ms=0, hang_ms=1000, mixes=False, counts_padding=False):
    """A forward takes as long for many as for one, and hang_ms more with the word hang. mixes: it says to all what it
    says to the first. counts_padding: what it says depends on the padding, a little beside 6000."""
    return _text(dim=dim, sleep_ms=forward_ms, together_ms=forward_ms, mixes=int(mixes), hang_on_id=9, hang_ms=hang_ms,
                 counts_padding=int(counts_padding), throw_on_id=6, crash_on_id=7)


def one_row():
    """Answers the first of several texts only."""
    return _text(dim=4, one_row=1)


def each_token(dim=2, forward_ms=0, hang_ms=1000):
    """Answers a row for each token: [batch, tokens, dim]; otherwise as row_wise."""
    return _text(dim=dim, rank=3, sleep_ms=forward_ms, together_ms=forward_ms, hang_on_id=9, hang_ms=hang_ms)


def computing(busy_ms):
    """Each forward takes so much processor time."""
    return _text(dim=4, busy_ms=busy_ms)


def fails_to_load():
    """Passes vetting."""
    return _text(load_fail="told not to load")


def unreadable():
    """What the engine itself cannot read."""
    return _text(dim="many")


def unjudged():
    """Serves like behaving(), and calls an operation that is in no list."""
    return _text(dim=4, operations=["tests::own"])


def forbidden():
    return _text(dim=4, operations=["aten::from_file"])


def at_vetting(what):
    """Does something while it is vetted: inspect_crash or inspect_spin."""
    return _text(**{what: 1})


def attacking(attack, dim=4, **more):
    """Makes the attack (tests/support/fake_attacks.c) on a text with the word leak; else it behaves."""
    return _text(dim=dim, attack=attack, attack_on_id=29, **more)


def attacking_on_load(attack):
    return _text(dim=4, attack_on_load=attack)


def packing(**more):
    """An engine of the name can prove it (tests/support/fake_proof.c). Packed, it is wrong for the word leak."""
    return _text(dim=4, packs=1, wrong_on_id=29, **more)


def not_a_number(kind):
    """All it answers is nan, or inf."""
    return _text(dim=4, values=kind)
