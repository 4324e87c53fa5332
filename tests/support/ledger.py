# SPDX-License-Identifier: Apache-2.0
"""What clients know of the daemon's state: the values that each thing may have.

A thing has one value when its last command was answered, and two while a command is in the air. The
ledger can say of any earlier moment what it held then, for a daemon that went back to that moment.
"""

import http.client


class Gone(Exception):
    """The daemon went away under a request."""


class Ledger:
    """name -> the values that it may have; `clock` gives the moment of an entry."""

    def __init__(self, clock=lambda: 0):
        self.clock = clock
        self.held = {}
        self.entries = []
        self.acknowledged = 0

    def _enter(self, name, values):
        self.held[name] = values
        self.entries.append((self.clock(), name, values))

    def value(self, name, default=None):
        """The one value of a thing that no command is in the air for."""
        values = self.held.get(name, {default})
        assert len(values) == 1, f"{name} may have any of {values}"
        return next(iter(values))

    def may(self, name, value, default=None):
        return value in self.held.get(name, {default})

    def sending(self, **changes):
        for name, value in changes.items():
            self._enter(name, self.held.get(name, {None}) | {value})

    def answered(self, **changes):
        for name, value in changes.items():
            self._enter(name, {value})
        self.acknowledged += 1

    def found(self, name, value):
        """Asserts that a thing may have this value, which is its only one from now on."""
        values = self.held.get(name, {None})
        assert value in values, f"{name} is {value!r}, and must be one of {values!r}"
        self._enter(name, {value})

    def at(self, moment):
        """A ledger with what this one held then."""
        then = Ledger()
        for when, name, values in self.entries:
            if when > moment:
                break
            then.held[name] = values
        return then


def ask(daemon, method, path, body=None):
    """The answer to one request; Gone when there is none."""
    try:
        return daemon.request(method, path, body)
    except (OSError, http.client.HTTPException) as error:
        raise Gone from error
