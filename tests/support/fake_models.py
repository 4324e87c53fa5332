# SPDX-License-Identifier: Apache-2.0
"""The models of torch_models, in the text that tests/support/fake_engine.c reads."""


def _text(**lines):
    text = "INFERD-FAKE 1\n" + "".join(f"{key} {value}\n" for key, value in lines.items())
    return text.encode()


def ones():
    return _text(dim=2, dtype="float64")


def behaving(dim=4, forward_ms=0, ballast_bytes=0):
    return _text(dim=dim, sleep_ms=forward_ms, load_mb=ballast_bytes >> 20, throw_on_id=6,
                 crash_on_id=7, alloc_on_id=8, hang_on_id=9, leak_on_id=29)


def computing(busy_ms):
    """Each forward takes so much processor time."""
    return _text(dim=4, busy_ms=busy_ms)


def fails_to_load():
    return _text(load_fail="told not to load")


def unknown_operation():
    return _text(load_fail="Unknown builtin op: aten::rolu.")


def attacking(attack, dim=4, **more):
    """Makes the attack (tests/support/fake_attacks.c) on a text with the word leak; else it behaves."""
    return _text(dim=dim, attack=attack, attack_on_id=29, **more)


def attacking_on_load(attack):
    return _text(dim=4, attack_on_load=attack)


def not_a_number(kind):
    """All it answers is nan, or inf."""
    return _text(dim=4, values=kind)
