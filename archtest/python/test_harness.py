"""The harness and the pytest options themselves: each fails without its feature."""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import time
from pathlib import Path
from typing import Any
from unittest import SkipTest

import pytest
import torch

import harness
import probe

pytest_plugins = ["pytester"]


def recipe(**more: Any) -> dict[str, Any]:
    return {
        "model_type": "bert",
        "class": "BertModel",
        "config": {"hidden_size": 48, "num_hidden_layers": 1, "vocab_size": 64},
        "inputs": [
            {"name": "input_ids", "kind": "ids", "shape": [2, 6], "low": 5, "high": 64},
            {"name": "attention_mask", "kind": "full", "shape": [2, 6], "value": 1},
        ],
        "outputs": {},
        "weights": "wide",
        **more,
    }


@pytest.fixture(scope="module")
def model() -> torch.nn.Module:
    return harness.build(recipe())


def out(**named: Any) -> dict[str, torch.Tensor]:
    return {name: torch.tensor(v) for name, v in named.items()}


def test_inputs_are_stable_and_independent() -> None:
    one, two = harness.make_inputs(recipe()), harness.make_inputs(recipe())
    assert torch.equal(one["input_ids"], two["input_ids"])
    other = harness.make_inputs(recipe(), seed=1)
    assert not torch.equal(one["input_ids"], other["input_ids"])
    alone = harness.make_inputs({"inputs": recipe()["inputs"][:1]})
    assert torch.equal(one["input_ids"], alone["input_ids"])


def test_places_stand_in_every_row() -> None:
    spec = {**recipe()["inputs"][0], "place": [[1, 63, 2]]}
    ids = harness.make_inputs({"inputs": [spec]})["input_ids"]
    assert ids[:, 1:3].tolist() == [[63, 63], [63, 63]]


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (lambda: harness.check_finite(recipe(), out(x=[math.nan])), "finite"),
        (lambda: harness.check_finite(recipe(), out(x=[math.inf])), "finite"),
        (lambda: harness.check_shapes(recipe(), out(x=[1.0])), "output shapes"),
        (lambda: harness.check_dtype(recipe(), {"x": torch.ones(1).half()}), "dtype"),
        (lambda: harness.build(recipe(**{"class": "BertX"})), "build"),
        (lambda: harness.build(recipe(config={"hidden_size": 7})), "build"),
        (
            lambda: harness.check_answer(recipe(answer={"x": 5.0}), out(x=[1.0, 2.0])),
            "answer",
        ),
    ],
)
def test_checks_name_what_they_found(check: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=f"^{message}: "):
        check()


def test_infinities_that_the_recipe_names_are_fine() -> None:
    harness.check_finite(recipe(infinite=["x"]), out(x=[math.inf]))


def test_wrong_inputs_are_said_to_be(model: torch.nn.Module) -> None:
    with pytest.raises(AssertionError, match="^forward: "):
        harness.forward(model, {**recipe(), "inputs": []})


def test_answer_sees_order_and_size() -> None:
    t = torch.arange(6.0).reshape(2, 3)
    want = recipe(answer={"x": harness.answer("x", t)[0]})
    harness.check_answer(want, {"x": t + 1e-6})
    masked = torch.cat([t, torch.full((2, 1), torch.finfo(t.dtype).min)], dim=1)
    assert abs(harness.answer("x", masked)[0]) < 10
    for changed in (t.flip(0), t * 1.01):
        with pytest.raises(AssertionError, match="^answer: "):
            harness.check_answer(want, {"x": changed})


def test_noise_is_no_repetition(model: torch.nn.Module) -> None:
    first = harness.forward(model, recipe())
    harness.check_repeats(recipe(), model, first)
    hook = model.register_forward_hook(lambda m, a, o: (torch.rand(3),))
    noisy = harness.forward(model, recipe())
    try:
        with pytest.raises(AssertionError, match="^same twice: "):
            harness.check_repeats(recipe(), model, noisy)
        harness.check_repeats(recipe(draws=True), model, noisy)
    finally:
        hook.remove()


def test_causal_and_padding(model: torch.nn.Module) -> None:
    first = harness.forward(model, recipe())
    with pytest.raises(AssertionError, match="^causal: a later token"):
        harness.check_causal(recipe(causal=["last_hidden_state"]), model, first)
    harness.check_padding(recipe(padding=["last_hidden_state"]), model)
    blind = model.register_forward_pre_hook(
        lambda m, a, k: (a, {**k, "attention_mask": None}), with_kwargs=True
    )
    try:
        with pytest.raises(AssertionError, match="^padding: masked tokens"):
            harness.check_padding(recipe(padding=["last_hidden_state"]), model)
    finally:
        blind.remove()


def test_steady_is_the_shortest() -> None:
    took = iter([0.03, 0.0, 0.02])
    assert harness.steady(lambda: time.sleep(next(took))) < 0.02


def test_memory_counts_from_its_start() -> None:
    before = harness.Memory()
    big = torch.ones(30_000_000)
    del big
    first = before.measured()
    if not first:
        pytest.skip("this system cannot count peak memory anew")
    assert first["peak_memory_bytes"] - first["base_memory_bytes"] > 100_000_000
    again = harness.Memory().measured()
    assert again["peak_memory_bytes"] - again["base_memory_bytes"] < 50_000_000


def test_hub_without_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HFMODELS_HUB", raising=False)
    with pytest.raises(SkipTest, match="HFMODELS_HUB=1"):
        harness.hub({"pick": None})
    monkeypatch.setenv("HFMODELS_HUB", "1")
    with pytest.raises(SkipTest, match="^no pick: unproven"):
        harness.hub({"pick": None, "status": "unproven"})


def test_hub_task_is_that_of_the_head() -> None:
    row = {
        "auto_classes": {"AutoModel": ["BertModel"], "AutoModelForX": ["BertForX"]},
        "tasks": {"x": ["AutoModelForX"], "feature-extraction": ["AutoModel"]},
    }
    assert harness.hub_task(row, {"architectures": ["BertModel"]}) == (
        "feature-extraction"
    )
    assert harness.hub_task(row, {"architectures": ["BertForX"]}) is None
    assert harness.hub_task(row, {}) is None


def test_a_probe_again_searches_new_types() -> None:
    before = {"held": "ok", "hopeless": "none"}
    types = [*before, "new"]
    args = argparse.Namespace(only=None, missing=False, again=True)
    assert probe.selected(types, before, args) == ["held", "new"]
    args = argparse.Namespace(only=None, missing=True, again=False)
    assert probe.selected(types, before, args) == ["hopeless", "new"]
    args = argparse.Namespace(only=["held"], missing=False, again=False)
    assert probe.selected(types, before, args) == ["held"]


def test_many_lost_recipes_are_not_written() -> None:
    ok, none = {"outcome": "ok"}, {"outcome": "none"}
    before = {f"t{i}": ok for i in range(100)} | {"hopeless": none}
    assert probe.lost(before, before | {"t1": none, "t2": none, "new": none}) == []
    assert len(probe.lost(before, before | {f"t{i}": none for i in range(3)})) == 3
    assert probe.lost({}, {"new": none}) == []


HERE = Path(__file__).parent


def folder(path: Path, *names: str) -> None:
    """A folder as `gen tests` writes it, with a harness that brings no torch and
    takes the rows of this folder only."""
    path.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "conftest.py", path)
    path.joinpath("harness.py").write_text(f"""
import unittest
class OutOfReach(AssertionError): pass
def contract(row, recipe):
    assert row["model_type"] in {names}
    return {{"parameters": 3}}
def tiny(recipe): raise unittest.SkipTest("because")
""")
    for name in names:
        path.joinpath(f"test_hf_{name}.py").write_text(f"""
import pytest
ROW = {{"model_type": "{name}", "family": "encoder", "pick": None}}
RECIPE = {{"model_type": "{name}", "outcome": "ok"}}
@pytest.mark.contract
def test_contract(harness, record_property):
    record_property("measured", harness.contract(ROW, RECIPE))
@pytest.mark.tiny
def test_tiny(harness):
    harness.tiny(RECIPE)
""")


@pytest.mark.parametrize(
    ("cwd", "args", "architectures"),
    [
        (".", "", "abcd"),
        (".", "one", "a"),
        (".", "one two", "ab"),
        (".", "one two tests -n 2", "abcd"),
        (".", "one two tests --import-mode=importlib", "abcd"),
        (".", "one tests/hf/test_hf_d.py --strict-markers", "ad"),
        ("tests/hf", "", "cd"),
        ("one", "test_hf_a.py", "a"),
        ("one", "../two", "b"),
        ("tests", "hf ../one --shard 1/1", "acd"),
    ],
)
def test_folders(
    pytester: pytest.Pytester, cwd: str, args: str, architectures: str
) -> None:
    """Wherever the folders are and however many, each test finds its harness."""
    if "-n" in args:
        pytest.importorskip("xdist")
    folder(pytester.path / "one", "a")
    folder(pytester.path / "two", "b")
    folder(pytester.path / "tests/hf", "c", "d")
    for package in ("tests", "tests/hf"):
        pytester.path.joinpath(package, "__init__.py").touch()
    os.chdir(pytester.path / cwd)
    run = pytester.runpytest_subprocess(*args.split(), "-p", "no:cacheprovider")
    n = len(architectures)
    run.assert_outcomes(passed=n, skipped=n)
    if n > 1:
        run.stdout.fnmatch_lines(["*by family*", f"skipped {n}: because"])
    assert str(run.stdout).count("by family") == (n > 1)


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    folder(pytester.path, "a", "b", "c")
    return pytester


def test_results_shards_and_summary(project: pytest.Pytester) -> None:
    run = project.runpytest_subprocess(
        "--shard", "1/2", "--hfmodels-results", "r.json", "-p", "no:cacheprovider"
    )
    run.assert_outcomes(passed=2, skipped=2, deselected=2)
    run.stdout.fnmatch_lines(["*by family*", "all  *2*2*0*0", "skipped 2: because"])
    document = json.loads((project.path / "r.json").read_text())
    got = [(r["architecture"], r["level"], r["outcome"]) for r in document["results"]]
    assert got == [
        ("a", "contract", "passed"),
        ("a", "tiny", "skipped"),
        ("c", "contract", "passed"),
        ("c", "tiny", "skipped"),
    ]
    assert document["results"][0]["parameters"] == 3
    assert document["results"][1]["reason"] == "because"


@pytest.mark.parametrize("shard", ["2", "0/2", "3/2", "x/y"])
def test_wrong_shards_are_wrong_use(project: pytest.Pytester, shard: str) -> None:
    run = project.runpytest_subprocess("--shard", shard)
    assert run.ret == pytest.ExitCode.USAGE_ERROR
    run.stderr.fnmatch_lines([f"*--shard {shard}: want*"])


def test_a_hub_that_does_not_answer_says_nothing_of_the_pick(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("harness.py", "conftest.py", "test_hf_bert.py"):
        shutil.copy(HERE / name, pytester.path)
    monkeypatch.setenv("HFMODELS_HUB", "1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_HUB_CACHE", str(pytester.path / "cache"))
    result = pytester.runpytest_subprocess(
        "-m", "hub", "-p", "no:cacheprovider", "--hfmodels-results", "r.json"
    )
    result.assert_outcomes(failed=1, deselected=2)
    (row,) = json.loads(pytester.path.joinpath("r.json").read_text())["results"]
    assert row["out_of_reach"] is True
    assert "hub: google-bert/bert-base-uncased at" in row["reason"]
    assert " is out of reach: " in row["reason"]


def test_results_need_a_place(project: pytest.Pytester) -> None:
    for place in ("nodir/r.json", "."):
        result = project.runpytest_subprocess("--hfmodels-results", place)
        result.stderr.fnmatch_lines([f"*--hfmodels-results {place}: want a file*"])
