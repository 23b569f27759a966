"""Here the plugin is always there; who copies a test asks for it."""

from hfmodels_pytest import pytest_addoption  # noqa: F401
