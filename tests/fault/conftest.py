# SPDX-License-Identifier: Apache-2.0
"""Which files of this folder a build cannot run."""

from support.daemon import SANITIZED

# A sanitizer has a malloc of its own and reserves terabytes of addresses.
collect_ignore = ["test_no_memory.py"] if SANITIZED else []
