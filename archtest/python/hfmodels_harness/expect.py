"""What a check says where it fails, and how a level runs its checks."""

from __future__ import annotations

from typing import Any


class OutOfReach(AssertionError):
    """The Hub did not hand over the pick, which says nothing of the pick."""


def expect(holds: Any, check: str, message: str) -> None:
    """Raises an error that begins with the name of the check."""
    if not holds:
        raise AssertionError(f"{check}: {message}")


def same(check: str, what: str, got: Any, want: Any) -> None:
    expect(got == want, check, f"{what} is {got}, expected {want}")


def run_checks(test: Any, checks: tuple, *args: Any) -> None:
    """Runs the checks that a test does not skip, or what it overrides them with."""
    skip = {*test.skip, *test.recipe().get("except", {})}
    for check in checks:
        if check.__name__.removeprefix("check_") not in skip:
            getattr(test, check.__name__, check)(*args)
