"""What a generated test is derived from: ArchTest, of the package hfmodels_harness beside.

A test runs this file by its path, so that it works in every import mode of
pytest, in a package or not, and leaves sys.path alone.
"""

import importlib.util
import sys
import zlib
from pathlib import Path

import pytest

MISSING = [x for x in ("torch", "transformers") if importlib.util.find_spec(x) is None]


class Skipped:
    """In place of ArchTest where a library is missing: a file is one skip."""

    __test__ = False

    def __init_subclass__(cls) -> None:
        cls.__test__ = True

    def test_installed(self) -> None:
        pytest.skip(f"{' and '.join(MISSING)} not installed: see hfmodels_requirements.txt")


def load() -> type:
    """The class, of a module with a name of its own: another folder of the same
    run may have such a package, too."""
    folder = Path(__file__).resolve().with_name("hfmodels_harness")
    name = f"hfmodels_harness_{zlib.crc32(str(folder).encode()):08x}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, folder / "__init__.py")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name].ArchTest


ArchTest = Skipped if MISSING else load()
