"""Tests of the probe and of what it found, which need no search."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

pytest.importorskip("torch", reason="torch is not installed")

import probe
import search


def test_a_recipe_that_still_runs_stays(monkeypatch: Any) -> None:
    bert = next(r for r in json.loads(probe.OUT.read_text())["archs"] if r["model_type"] == "bert")
    assert search.stands(bert)
    assert not search.stands({**bert, "outputs": {"logits": [1]}})
    monkeypatch.setattr(search, "search", lambda *_: os._exit(1))
    for override, before, runs in (
        ({}, bert, True),
        ({}, bert, False),
        ({"none": ""}, bert, True),
        ({}, {}, True),
    ):
        monkeypatch.setattr(search, "stands", lambda _, runs=runs: runs)
        row, said = probe.probe_one({"model_type": "bert"}, override, before, again=True)
        stays = bool(before) and runs and not override
        assert row == bert if stays else row["reason"] == "crash"
        assert said.endswith("the process died") and ("stays" in said) == stays


def test_every_class_has_answers_or_says_why_not() -> None:
    catalog, recipes = (json.loads((probe.DATA / f"{n}.json").read_text()) for n in ("catalog", "recipes"))
    rows = {r["model_type"]: r for r in recipes["archs"]}
    ran, silent = 0, []
    for arch in catalog["archs"]:
        for name in {c for auto in arch.get("auto_classes", ()) for c in auto["classes"]}:
            row = rows[arch["model_type"]]
            if name == row.get("class") or name in row.get("answers", ()):
                ran += 1
            else:
                assert row.get("silent", {}).get(name) or row.get("why"), f"{row['model_type']}: {name}"
                silent += [name] * (row["outcome"] == "ok")
    assert ran >= 19 * len(silent), f"{ran} classes ran, not {silent}"
