"""What a check says where it fails, what is merely new, and how a level runs its checks."""

from __future__ import annotations

import warnings
from contextvars import ContextVar
from typing import Any

from packaging.version import Version


class OutOfReach(AssertionError):
    """The Hub did not hand over the pick, which says nothing of the pick."""


#: The release that the running test was made for, and the one that is installed.
releases: ContextVar[tuple[str, str]] = ContextVar("releases", default=("0", "0"))


def age() -> int:
    """Whether the installed release is older (-1) than the test, the same, or newer."""
    made_for, found = map(Version, releases.get())
    return (found > made_for) - (found < made_for)


def expect(holds: Any, check: str, message: str) -> None:
    """Raises an error that begins with the name of the check."""
    if not holds:
        raise AssertionError(f"{check}: {message}")


def same(check: str, what: str, got: Any, want: Any) -> None:
    expect(got == want, check, f"{what} is {got}, expected {want}")


def both(check: str, what: str, got: Any, want: Any, strict: bool = True) -> set[str]:
    """The names that both sides have. One that a newer library lost is a failure;
    one that an older one lacks is news, and so is one that is new. With strict,
    the same release has to have the same names."""
    got, want = set(got), set(want)
    lost, new = sorted(want - got), sorted(got - want)
    expect(not lost or age() < 0, check, f"{what}: {lost} missing, there is {sorted(got)}")
    expect(not new or age() or not strict, check, f"{what}: {new} there, which nobody expected")
    for names, where in ((lost, "not yet in this release"), (new, "new")):
        if names:
            # Not of a class of this package, which a controller of xdist cannot import.
            warnings.warn(f"news: {check}: {what}: {names} {where}", UserWarning, stacklevel=2)
    return got & want


def run_checks(test: Any, checks: tuple, *args: Any) -> None:
    """Runs the checks that a test does not skip, or what it overrides them with."""
    skip = {*test.skip, *test.recipe().get("except", {})}
    for check in checks:
        if check.__name__.removeprefix("check_") not in skip:
            getattr(test, check.__name__, check)(*args)
