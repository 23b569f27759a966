"""The harness and the pytest options themselves: each fails without its feature."""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import math
import os
import re
import shutil
import sys
import unittest
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar
from unittest import mock

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

import transformers
from transformers.pipelines.base import load_model

import probe
import test_hf_bert
from hfmodels_harness import ArchTest, answers, build, expect, hub, levels, tiny

pytest_plugins = ["pytester"]
HERE = Path(__file__).parent


def recipe(**more: Any) -> dict[str, Any]:
    return {
        "model_type": "bert",
        "outcome": "ok",
        "class": "BertModel",
        "config": {"hidden_size": 48, "num_hidden_layers": 1, "vocab_size": 64},
        "inputs": [
            {"name": "input_ids", "kind": "ids", "shape": [2, 6], "low": 5, "high": 64},
            {"name": "attention_mask", "kind": "full", "shape": [2, 6], "value": 1},
        ],
        "outputs": {},
        **more,
    }


@pytest.fixture
def model() -> torch.nn.Module:
    return build.make_model(recipe())


def out(**named: Any) -> dict[str, torch.Tensor]:
    return {name: torch.tensor(v) for name, v in named.items()}


def noisy(model: torch.nn.Module) -> None:
    model.register_forward_hook(lambda m, a, o: (torch.rand(3),))


@pytest.mark.parametrize(
    ("check", "told", "change", "outputs", "message"),
    [
        ("finite", {}, None, out(x=[math.nan]), "finite: "),
        ("finite", {}, None, out(x=[math.inf]), "finite: "),
        ("finite", {"infinite": ["x"]}, None, out(x=[math.inf]), None),
        ("finite", {}, None, {"x": torch.ones(1).half()}, "dtype: "),
        ("shapes", {"outputs": {"x": [2]}}, None, out(x=[1.0]), "output shapes: "),
        ("repeats", {}, None, None, None),
        ("repeats", {}, noisy, None, "same twice: "),
        ("repeats", {"draws": True}, noisy, None, None),
        ("gradient", {"gradient": {"reached": 99, "of": 100}}, None, {}, "gradient: reaches [0-9]+ of 100"),
        ("reload", {}, None, out(last_hidden_state=[1.0]), "reload: last_hidden_state"),
    ],
)
def test_checks_name_what_they_found(
    model: torch.nn.Module, check: str, told: Any, change: Any, outputs: Any, message: str | None
) -> None:
    if change is not None:
        change(model)
    outputs = build.infer(model, recipe()) if outputs is None else outputs
    found = pytest.raises(AssertionError, match=f"^{message}") if message else contextlib.nullcontext()
    with found:
        getattr(tiny, f"check_{check}")(recipe(**told), model, outputs)


def test_an_answer_shows_order_and_size() -> None:
    t = torch.arange(6.0).reshape(2, 3)
    got, size = answers.answer("x", t)
    masked = torch.cat([t, torch.full((2, 1), torch.finfo(t.dtype).min)], dim=1)
    assert abs(answers.answer("x", masked)[0]) < 10
    for changed, shows in ((t + 1e-6, False), (t.flip(0), True), (t * 1.01, True)):
        d = abs(answers.answer("x", changed)[0] - got)
        assert (d > answers.TOLERANCE * size) == shows


def test_checks_are_skipped_and_overridden() -> None:
    ran: list[str] = []

    class Overriding(ArchTest):
        skip: ClassVar[dict[str, str]] = {"first": "it cannot hold"}

        @classmethod
        def recipe(cls) -> dict[str, Any]:
            return recipe(**{"except": {"second": "an error"}})

        def check_third(self) -> None:
            ran.append("mine")

    def check(name: str) -> Any:
        run = functools.partial(ran.append, name)
        run.__name__ = f"check_{name}"
        return run

    checks = tuple(map(check, ("first", "second", "third", "fourth")))
    expect.run_checks(Overriding(), checks)
    assert ran == ["mine", "fourth"]


def labels(*names: str) -> list[dict[str, Any]]:
    return [{"label": name, "score": 1 / (i + 1)} for i, name in enumerate(names)]


CAPTIONS = [labels(x, "a flower") for x in ("a temple", "a flower", "a plain blue background")]
COLOURS = [[{"generated_text": x}] for x in ("Red.", "it is blue")]
#: By task: what is answered one after the other by a model that knows, and by another.
ANSWERS: dict[str, tuple[list[Any], list[Any]]] = {
    "any-to-any": (COLOURS, COLOURS[:1] * 2),
    "automatic-speech-recognition": ([{"text": "STEW FOR DINNER"}], [{"text": "stew"}]),
    "fill-mask": ([[], [{"token_str": " France"}], [], []], [[{"token_str": "the"}]] * 4),
    "image-classification": ([labels("x", "palace"), labels("daisy")], [labels("palace"), labels("palace")]),
    "object-detection": ([labels("bird", "bird")], [labels("x")]),
    "zero-shot-image-classification": (CAPTIONS, CAPTIONS[:1] * 3),
    "zero-shot-object-detection": (CAPTIONS, [[]]),
}


@pytest.mark.parametrize("task", ANSWERS)
@pytest.mark.parametrize("knows", [True, False])
def test_known_answers(monkeypatch: pytest.MonkeyPatch, task: str, knows: bool) -> None:
    monkeypatch.setattr(hub, "prefers_text", lambda _: hub.TEXTS[0])
    monkeypatch.setattr(hub, "asked_for", lambda path: path)
    monkeypatch.setitem(sys.modules, "librosa", SimpleNamespace(load=lambda _, sr: (None, sr)))
    config = SimpleNamespace(id2label=dict(enumerate(("bird", "daisy", "palace", "x"))))
    model = SimpleNamespace(config=config)
    pipe = mock.Mock(side_effect=ANSWERS[task][not knows], model=model, task=task)
    with contextlib.nullcontext() if knows else pytest.raises(AssertionError, match="^[a-z-]+: want .* got "):
        hub.QUESTIONS[task](pipe)


SIZE = {"vocab_size": 262, "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}


@pytest.mark.parametrize(
    ("task", "kind"),
    [
        ("text-generation", "LlamaForCausalLM"),
        ("fill-mask", "BertForMaskedLM"),
        ("text2text-generation", "T5ForConditionalGeneration"),
    ],
)
def test_who_learnt_a_text_prefers_it(task: str, kind: str) -> None:
    torch.manual_seed(0)
    kind = getattr(transformers, kind)
    config = kind.config_class(**SIZE, decoder_start_token_id=0)
    model, tokenizer = kind(config).eval(), transformers.PerceiverTokenizer()
    pipe = SimpleNamespace(task=task, model=model, tokenizer=tokenizer)
    with pytest.raises(AssertionError, match="^real text: .* nats a token"):
        hub.prefers_text(pipe)
    ids = tokenizer(hub.TEXTS[0], return_tensors="pt")["input_ids"]
    at = torch.arange(ids.shape[1]) % 4 == torch.arange(4)[:, None]
    given = torch.where(at, tokenizer.mask_token_id, ids) if task == "fill-mask" else ids
    learn = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(60):
        learn.zero_grad()
        model(input_ids=given, labels=ids.repeat(len(given), 1)).loss.backward()
        learn.step()
    assert hub.prefers_text(pipe) == hub.TEXTS[0]


def test_likeness_is_of_meaning() -> None:
    """A vector a word, that its place among the three decides, or that is drawn."""
    place = {w: i for words in hub.ALIKE.split(",") for i, w in enumerate(words.split())}
    meanings = [[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]]
    hub.knows_likeness(lambda text: [[meanings[place[text.split()[-1].strip(".")]]]])
    draw = torch.Generator().manual_seed(0)
    with pytest.raises(AssertionError, match="^likeness: [0-9]+ of 18 words"):
        hub.knows_likeness(lambda _: [torch.randn(1, 8, generator=draw).tolist()])


@pytest.mark.parametrize(
    ("arch", "weight", "lacks"),
    [
        ("bert", "bert.encoder.layer.0.output.dense.bias", True),
        ("dpt", "neck.fusion_stage.layers.1.residual_layer1.convolution1.weight", True),
        ("dpt", "neck.fusion_stage.layers.0.residual_layer1.convolution1.weight", False),  # never called
        ("pegasus", "model.encoder.embed_positions.weight", False),  # computed
        ("wav2vec2", "wav2vec2.masked_spec_embed", False),  # for training
        ("wav2vec2", "lm_head.weight", True),
    ],
)
def test_a_checkpoint_is_whole(tmp_path: Path, arch: str, weight: str, lacks: bool) -> None:
    tests = vars(importlib.import_module(f"test_hf_{arch}"))
    told = next(c for n, c in tests.items() if n.startswith("Test")).recipe()
    model = build.make_model(told)
    state = model.state_dict()
    del state[weight]
    model.save_pretrained(tmp_path, state_dict=state)
    message = f"^hub: the checkpoint lacks 1 of the weights of {told['class']}: .*{weight}"
    with hub.whole("o/n", told), (
        pytest.raises(AssertionError, match=message) if lacks else contextlib.nullcontext()
    ):
        type(model).from_pretrained(tmp_path)


def test_many_lost_recipes_are_not_written() -> None:
    before = {f"t{i}": {"outcome": "ok"} for i in range(100)}
    none = [{f"t{i}": {"outcome": "none"} for i in range(n)} for n in (2, 3)]
    assert probe.lost(before, before | none[0]) == []
    assert probe.lost(before, before | none[1]) == ["t0", "t1", "t2"]


def folder(path: Path, *names: str) -> None:
    """A folder as `gen tests` writes it, with levels that bring no torch and
    know the architectures of this folder only."""
    path.mkdir(parents=True, exist_ok=True)
    path.joinpath("hfmodels_harness").mkdir()
    for name in ("hfmodels_pytest.py", "hfmodels_archtest.py", "hfmodels_harness/__init__.py"):
        shutil.copy(HERE / name, path / name)
    path.joinpath("hfmodels_harness/levels.py").write_text(f"""
import os, unittest
os.environ["SET_BY_TORCH"] = "1"
class OutOfReach(AssertionError): pass
def run(level, test):
    assert test.row()["model_type"] in {names}
    if level == "tiny":
        raise unittest.SkipTest("because")
    if level == "hub":
        raise OutOfReach("hub: no route")
""")
    template = HERE.joinpath("test_hf_bert.py").read_text()
    for name in names:
        test = template.replace("TestBert", f"Test{name}").replace('"bert"', f'"{name}"')
        test = re.sub("pick = .*", f'pick = "o/{name}"', test)
        path.joinpath(f"test_hf_{name}.py").write_text(test)
        row = {"model_type": name, "family": "encoder"}
        data = {"catalog": {"archs": [row], "tasks": []}, "recipes": {"archs": []}}
        path.joinpath(f"test_hf_{name}.json").write_text(json.dumps(data))


#: A project that has an option --shard, and notices what else is done to it.
THEIRS = """
import os, sys
def environment():
    return {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
before = environment(), list(sys.path)
def pytest_addoption(parser):
    parser.addoption("--shard", default="0")
def pytest_unconfigure(config):
    assert environment() == before[0]
    added = set(sys.path) - set(before[1])
    assert config.getoption("importmode") != "importlib" or not added
"""


@pytest.mark.parametrize("mode", ["prepend", "importlib"])
def test_an_override_takes_the_place_of_the_generated_test(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(pytester.path), prepend=os.pathsep)
    folder(pytester.path, "a")
    own = "from test_hf_a import Testa as Generated\n\n\nclass Testa(Generated):\n    pass\n"
    pytester.path.joinpath("test_own.py").write_text(own)
    args = ("-rs", "-p", "no:cacheprovider", "-k", "contract", f"--import-mode={mode}")
    run = pytester.runpytest_subprocess(*args)
    run.assert_outcomes(passed=1, skipped=2)
    run.stdout.fnmatch_lines(["*overridden by test_own.Testa"])


@pytest.mark.parametrize(
    ("cwd", "args", "architectures"),
    [
        (".", "one", "a"),
        (".", "one two tests --import-mode=prepend", "abcd"),
        (".", "one two tests --import-mode=append", "abcd"),
        (".", "one two tests --import-mode=importlib", "abcd"),
        (".", "one two tests -n 2", "abcd"),
        (".", "-n 2 --import-mode=importlib --shard 3", "abcd"),
        (".", "--strict-markers --strict-config -W error", "abcd"),
        ("one", "test_hf_a.py", "a"),
        ("tests", "hf ../one -p hfmodels_pytest --hfmodels-shard 1/1", "acd"),
    ],
)
def test_folders(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, cwd: str, args: str, architectures: str
) -> None:
    """Wherever the folders are and however many, each test finds its harness,
    and the project does not notice."""
    if "-n" in args:
        pytest.importorskip("xdist")
    monkeypatch.setenv("PYTHONPATH", str(pytester.path / "one"), prepend=os.pathsep)
    folder(pytester.path / "one", "a")
    folder(pytester.path / "two", "b")
    folder(pytester.path / "tests/hf", "c", "d")
    for package in ("tests", "tests/hf"):
        pytester.path.joinpath(package, "__init__.py").touch()
    pytester.path.joinpath("conftest.py").write_text(THEIRS)
    os.chdir(pytester.path / cwd)
    run = pytester.runpytest_subprocess(*args.split(), "-p", "no:cacheprovider", "-k", "not hub")
    n = len(architectures)
    run.assert_outcomes(passed=n, skipped=n)
    assert run.ret == 0


@pytest.mark.parametrize("args", ["", "--doctest-modules", "--doctest-modules --import-mode=importlib"])
def test_without_torch_a_file_is_one_skip(pytester: pytest.Pytester, args: str) -> None:
    """A run that looks for doctests comes upon modules that import torch, too."""
    folder(pytester.path / "one", "a", "b")
    shutil.copy(HERE / "hfmodels_harness/tiny.py", pytester.path / "one/hfmodels_harness")
    pytester.path.joinpath("conftest.py").write_text("import sys; sys.modules['torch'] = None")
    run = pytester.runpytest_subprocess("-rs", "-p", "no:cacheprovider", *args.split())
    assert set(run.parseoutcomes()) <= {"skipped", "warnings"} and run.ret == 0
    run.stdout.fnmatch_lines(["SKIPPED*torch not installed: see hfmodels_requirements.txt"])


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    folder(pytester.path, "a", "b", "c")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p hfmodels_pytest")
    return pytester


def test_results_and_shards(project: pytest.Pytester) -> None:
    run = project.runpytest_subprocess(
        "--hfmodels-shard", "1/2", "--hfmodels-results", "r.json", "-p", "no:cacheprovider"
    )
    run.assert_outcomes(passed=2, skipped=2, failed=2, deselected=3)
    document = json.loads((project.path / "r.json").read_text())
    got = [(r["architecture"], r["level"], r["outcome"]) for r in document["results"]]
    outcomes = [("contract", "passed"), ("tiny", "skipped"), ("hub", "failed")]
    assert got == [(a, *o) for a in "ac" for o in outcomes]
    hub = document["results"][2]
    assert document["results"][1]["reason"] == "because"
    assert hub["out_of_reach"] is True
    assert (hub["model"], hub["revision"]) == ("o/a", test_hf_bert.TestBert.revision)


@pytest.mark.parametrize(
    "args",
    [["--hfmodels-shard", text] for text in ("2", "0/2", "3/2", "x/y")]
    + [["--hfmodels-results", path] for path in ("nodir/r.json", ".")],
)
def test_wrong_use(project: pytest.Pytester, args: list[str]) -> None:
    run = project.runpytest_subprocess(*args)
    assert run.ret == pytest.ExitCode.USAGE_ERROR
    run.stderr.fnmatch_lines([f"*{' '.join(args)}: want*"])


def test_what_another_release_says_begins_with_both(monkeypatch: pytest.MonkeyPatch) -> None:
    test = SimpleNamespace(made_for="4.0.0")
    found = pytest.raises(AssertionError, match="^made for 4.0.0, found [0-9.]+: KeyError: 'x'")
    monkeypatch.setitem(levels.LEVELS, "tiny", lambda _: {}["x"])
    with found:
        levels.run("tiny", test)


@pytest.mark.parametrize(
    ("made_for", "got", "fails", "news"),
    [
        ("5.0.0", "ab", False, None),
        ("5.0.0", "a", True, None),  # lost in the same release
        ("5.0.0", "abc", True, None),  # new in the same release: the catalog is wrong
        ("4.9.0", "a", True, None),  # lost in a newer one
        ("4.9.0", "abc", False, "new"),
        ("5.1.0", "a", False, "not yet in this release"),
        ("5.1.0rc1", "abc", False, "new"),
    ],
)
def test_what_is_merely_new_is_news(made_for: str, got: str, fails: bool, news: str | None) -> None:
    token = expect.releases.set((made_for, "5.0.0"))
    try:
        with contextlib.ExitStack() as told:
            if fails:
                told.enter_context(pytest.raises(AssertionError, match="^outputs: of it: "))
            if news:
                told.enter_context(pytest.warns(UserWarning, match=f"^news: .* {news}$"))
            assert expect.both("outputs", "of it", got, "ab") == set(got) & set("ab")
    finally:
        expect.releases.reset(token)


def test_an_output_under_its_old_name(model: torch.nn.Module) -> None:
    class Renamed(dict):
        old = torch.ones(1)

    model.forward = lambda **_: Renamed(new=torch.zeros(1))
    out = build.infer(model, recipe(outputs={"old": [1]}))
    assert out["old"] == 1
    tiny.check_shapes(recipe(outputs={"old": [1]}), model, out)
    with pytest.raises(AssertionError, match="^output shapes: .*lost"):
        tiny.check_shapes(recipe(outputs={"lost": [1]}), model, out)


@pytest.mark.parametrize(
    ("model_type", "need"),
    [("bert", "99.0.0: .* has no BertForTomorrow"), ("later", "98.1.0: .* has no later")],
)
def test_what_is_not_there_yet_is_skipped(model_type: str, need: str) -> None:
    test = SimpleNamespace(
        made_for="99.0.0", since="98.1.0", model_type=model_type, recipe=lambda: {"class": "BertForTomorrow"}
    )
    with pytest.raises(unittest.SkipTest, match=f"^transformers >= {need}$"):
        levels.run("tiny", test)


def test_a_level_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    def notice() -> list[Any]:
        environment = {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"}
        threads = torch.get_num_threads()
        return [torch.get_rng_state().tolist(), threads, environment, constants.HF_HUB_OFFLINE]

    def level(_: Any) -> None:
        torch.manual_seed(3)
        assert constants.HF_HUB_OFFLINE

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    monkeypatch.setitem(levels.LEVELS, "tiny", level)
    before = notice()
    levels.run("tiny", SimpleNamespace(made_for=transformers.__version__))
    assert notice() == before


def unreachable(*_: Any, **__: Any) -> None:
    try:
        hub.hub_bytes("o/n", "1")
    except Exception as err:
        raise OSError("cannot load") from err  # a pipeline swallows it


def not_installed(*_: Any, **__: Any) -> None:
    import of_another_library  # noqa: F401


@pytest.mark.parametrize(
    ("load", "error", "message"),
    [
        (unreachable, expect.OutOfReach, "hub: o/n is out of reach: ConnectError: "),
        (not_installed, unittest.SkipTest, "o/n wants what is not installed: .*of_another_library"),
    ],
)
def test_what_says_nothing_of_the_pick(
    monkeypatch: pytest.MonkeyPatch, load: Any, error: type[Exception], message: str
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(transformers.PreTrainedModel, "from_pretrained", classmethod(load))
    with pytest.raises(error, match=f"^{message}"), hub.asking("o/n"), hub.whole("o/n", recipe()):
        load_model("o/n", transformers.BertConfig(), model_classes=(transformers.BertModel,))
