"""Break one thing at a time, and record which assertion of the tests notices.

    python drill.py --out ../../registrydata/drill.json

For a sample of every family the generated ROW and RECIPE, and the library
under them, are changed in one place; then the contract or the tiny level runs
as its test would. A change that no assertion notices is recorded as such.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import copy
import importlib
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self
from unittest import mock

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "critical")

import torch
import transformers

import harness
from probe import put, versions

Row = dict[str, Any]
HERE = Path(__file__).resolve().parent
SCHEMA = 1
#: Of each family so many architectures, spread over their names, and none
#: larger than this, so that the drill stays short.
EACH = 2
MAX_PARAMETERS = 20_000_000


class NotHere(Exception):
    """The architecture has nothing that this change could break."""


class Case:
    """What a test file has, to be broken; other is that of another type."""

    def __init__(self, module: Any, other: Any) -> None:
        self.row, self.recipe = copy.deepcopy(module.ROW), copy.deepcopy(module.RECIPE)
        self.other = other

    def run(self, level: str) -> None:
        if level == "contract":
            harness.contract(self.row, self.recipe)
        else:
            harness.tiny(self.recipe)


Change = Callable[[Case], Any]
CHANGES: list[tuple[str, str, Change]] = []


def change(level: str, what: str) -> Callable[[Change], Change]:
    def keep(f: Change) -> Change:
        CHANGES.append((level, what, f))
        return f

    return keep


# --- the row ----------------------------------------------------------------


@change("contract", "row: the config class of another type")
def _(c: Case) -> None:
    c.row["config_class"] = c.other.ROW["config_class"]


@change("contract", "row: a model class renamed")
def _(c: Case) -> None:
    classes = next(iter(c.row["auto_classes"].values()))
    classes[0] += "X"


@change("contract", "row: an auto class left out")
def _(c: Case) -> None:
    c.row["auto_classes"].popitem()


@change("contract", "row: a task that no model has")
def _(c: Case) -> None:
    auto = next(iter(c.row["auto_classes"]))
    c.row["tasks"]["fill-masks"] = [auto]


@change("contract", "row: a task of another head")
def _(c: Case) -> None:
    task = "depth-estimation"
    if task in c.row["tasks"]:
        task = "fill-mask"
    c.row["tasks"][task] = [next(iter(c.row["auto_classes"]))]


@change("contract", "row: a task left out")
def _(c: Case) -> None:
    if not c.row["tasks"]:
        raise NotHere
    c.row["tasks"].pop(next(reversed(c.row["tasks"])))


@change("contract", "row: a preprocessor of another type")
def _(c: Case) -> None:
    kinds = ("tokenizer", "image_processor", "feature_extractor", "video_processor")
    kind = next((k for k in kinds if k in c.row), None)
    if kind is None:
        raise NotHere
    known = {
        "tokenizer": ("CanineTokenizer", "PerceiverTokenizer"),
        "image_processor": ("ViTImageProcessor", "LayoutLMv3ImageProcessor"),
        "feature_extractor": ("WhisperFeatureExtractor", "ClapFeatureExtractor"),
        "video_processor": ("VideoMAEVideoProcessor", "VJEPA2VideoProcessor"),
    }[kind]
    c.row[kind] = known[c.row[kind] == known[0]]


@change("contract", "row: that of another type")
def _(c: Case) -> None:
    c.row = copy.deepcopy(c.other.ROW)


@change("contract", "recipe: that of another type")
def _(c: Case) -> None:
    c.recipe = copy.deepcopy(c.other.RECIPE)


# --- the library, at the contract level ---------------------------------------


def _mapping(c: Case, table: Any, value: Any) -> Any:
    if c.row["model_type"] not in table:
        raise NotHere
    return mock.patch.dict(table, {c.row["model_type"]: value})


@change("contract", "library: the type has another config class")
def _(c: Case) -> Any:
    names = transformers.models.auto.configuration_auto.CONFIG_MAPPING_NAMES
    return _mapping(c, names, "LlamaConfig")


@change("contract", "library: an auto class builds another model")
def _(c: Case) -> Any:
    name = next(iter(c.row["auto_classes"]))
    table = harness.auto_classes()[name]._model_mapping._model_mapping
    return _mapping(c, table, "LlamaModel")


@change("contract", "library: the tokenizer renamed")
def _(c: Case) -> Any:
    names = transformers.models.auto.tokenization_auto.TOKENIZER_MAPPING_NAMES
    if "tokenizer" not in c.row:
        raise NotHere
    return _mapping(c, names, c.row["tokenizer"] + "Next")


@change("contract", "library: the config class names another type")
def _(c: Case) -> Any:
    config = type(harness.make_config(c.recipe))
    return mock.patch.object(config, "model_type", config.model_type + "-next")


@change("contract", "library: an attribute of the config lost on saving")
def _(c: Case) -> Any:
    config = type(harness.make_config(c.recipe))
    lost = next(iter(c.recipe["config"]), None)
    if lost is None:
        raise NotHere
    whole = config.to_dict

    def less(self: Any) -> Row:
        return {k: v for k, v in whole(self).items() if k != lost}

    return mock.patch.object(config, "to_dict", less)


# --- the recipe -------------------------------------------------------------


def _numbers(tree: Any) -> Iterator[tuple[Row, str]]:
    for k, v in tree.items():
        if isinstance(v, dict):
            yield from _numbers(v)
        elif isinstance(v, int) and not isinstance(v, bool):
            yield tree, k


def _config(c: Case, pattern: str, new: Callable[[int], int]) -> None:
    for tree, key in _numbers(c.recipe["config"]):
        if re.search(pattern, key):
            tree[key] = new(tree[key])
            return
    raise NotHere


@change("tiny", "recipe: a width of the config doubled")
def _(c: Case) -> None:
    _config(c, "hidden_size|d_model|embed_dim|hidden_dim|n_embd", lambda v: 2 * v)


@change("tiny", "recipe: a layer more in the config")
def _(c: Case) -> None:
    _config(c, "layers$|depth$|n_layer", lambda v: v + 1)


@change("tiny", "recipe: a larger vocabulary")
def _(c: Case) -> None:
    _config(c, "vocab_size", lambda v: v + 8)


@change("tiny", "recipe: another class of the architecture")
def _(c: Case) -> None:
    every = [x for names in c.row["auto_classes"].values() for x in names]
    other = [x for x in every if x != c.recipe["class"] and hasattr(transformers, x)]
    if not other:
        raise NotHere
    c.recipe["class"] = other[-1]


@change("tiny", "recipe: a class that is not there")
def _(c: Case) -> None:
    c.recipe["class"] += "X"


@change("tiny", "recipe: the class of another architecture")
def _(c: Case) -> None:
    c.recipe["class"] = c.other.RECIPE["class"]


@change("tiny", "recipe: an output's shape")
def _(c: Case) -> None:
    next(iter(c.recipe["outputs"].values()))[-1] += 1


@change("tiny", "recipe: an output's name")
def _(c: Case) -> None:
    name = next(iter(c.recipe["outputs"]))
    c.recipe["outputs"][name + "s"] = c.recipe["outputs"].pop(name)


@change("tiny", "recipe: a parameter more")
def _(c: Case) -> None:
    c.recipe["parameters"] += 1


@change("tiny", "recipe: the main input left out")
def _(c: Case) -> None:
    varying = [s for s in c.recipe["inputs"] if s["kind"] in harness.VARYING]
    c.recipe["inputs"].remove(varying[0])


@change("tiny", "recipe: the picture, clip or sound left out")
def _(c: Case) -> None:
    media = [
        s
        for s in c.recipe["inputs"]
        if s["kind"] in harness.VARYING
        and re.search("pixel|features|input_values", s["name"])
    ]
    if not media or len(c.recipe["inputs"]) == len(media):
        raise NotHere
    c.recipe["inputs"].remove(media[0])


@change("tiny", "recipe: a batch of three")
def _(c: Case) -> None:
    for s in c.recipe["inputs"]:
        if s["kind"] in ("ids", "picture", "wave", "normal", "full") and s["shape"]:
            s["shape"][0] += 1


@change("tiny", "recipe: other token ids")
def _(c: Case) -> None:
    ids = [s for s in c.recipe["inputs"] if s["kind"] == "ids"]
    if not ids or ids[0]["high"] - ids[0]["low"] < 20:
        raise NotHere
    ids[0]["low"] += 7


@change("tiny", "recipe: the parameter that a gradient is to reach")
def _(c: Case) -> None:
    if "gradient" not in c.recipe:
        raise NotHere
    c.recipe["gradient"]["parameter"] += "s"


@change("tiny", "recipe: the number of generated tokens")
def _(c: Case) -> None:
    if "generates" not in c.recipe:
        raise NotHere
    c.recipe["generates"][-1] += 1


# --- the library, at the tiny level -------------------------------------------


class Patched:
    """The library with the built model changed; says whether that took place."""

    def __init__(self, into: Callable[[torch.nn.Module, Patched], None]) -> None:
        self.into, self.happened = into, False

    def __enter__(self) -> Self:
        made = harness.make_model

        def make(recipe: Row) -> torch.nn.Module:
            model = made(recipe)
            self.into(model, self)
            return model

        self.patch = mock.patch.object(harness, "make_model", make)
        self.patch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.patch.stop()


LAYERS = (torch.nn.Linear, torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Embedding)


def _layer(at: float, new: Callable[[torch.Tensor], torch.Tensor]) -> Patched:
    """One layer's output is another: that of the layer so far into the model."""

    def into(model: torch.nn.Module, p: Patched) -> None:
        layers = [m for m in model.modules() if isinstance(m, LAYERS)]
        if not layers:
            return

        def hook(_m: Any, _a: Any, out: Any) -> Any:
            p.happened = True
            return new(out)

        layers[min(int(at * len(layers)), len(layers) - 1)].register_forward_hook(hook)

    return Patched(into)


for _at, _where in (
    (0.0, "first"),
    (0.3, "third in ten"),
    (0.6, "sixth in ten"),
    (1.0, "last"),
):

    @change("tiny", f"library: a layer's output zeroed ({_where})")
    def _(c: Case, at: float = _at) -> Any:
        return _layer(at, lambda t: t * 0)


@change("tiny", "library: a layer's output halved")
def _(c: Case) -> Any:
    return _layer(0.5, lambda t: t * 0.5)


@change("tiny", "library: a layer's output cut off from the gradient")
def _(c: Case) -> Any:
    return _layer(0.5, lambda t: t.detach())


@change("tiny", "library: an activation left out")
def _(c: Case) -> Any:
    def into(model: torch.nn.Module, p: Patched) -> None:
        for m in model.modules():
            name = type(m).__name__
            if re.search(r"GELU|SiLU|ReLU|Swish|Mish|Activation$", name) and not list(
                m.children()
            ):

                def hook(_m: Any, args: Any, _out: Any) -> Any:
                    p.happened = True
                    return args[0]

                m.register_forward_hook(hook)
                return

    return Patched(into)


@change("tiny", "library: a matrix of weights one per cent larger")
def _(c: Case) -> Any:
    def into(model: torch.nn.Module, p: Patched) -> None:
        matrices = [m for n, m in model.named_parameters() if m.dim() > 1]
        if matrices:
            matrices[len(matrices) // 2].data.mul_(1.01)
            p.happened = True

    return Patched(into)


@change("tiny", "library: dropout left on")
def _(c: Case) -> Any:
    def into(model: torch.nn.Module, p: Patched) -> None:
        for m in model.modules():
            if isinstance(m, torch.nn.Dropout) and m.p > 0:
                m.register_forward_pre_hook(lambda m, _: _on(m, p))

    def _on(m: Any, p: Patched) -> None:
        m.training = p.happened = True

    return Patched(into)


def _output(new: Callable[[torch.Tensor], torch.Tensor]) -> Patched:
    """The first floating point output is another."""

    def into(model: torch.nn.Module, p: Patched) -> None:
        def hook(_m: Any, _a: Any, out: Any) -> Any:
            for name, t in harness.items(out):
                if isinstance(t, torch.Tensor) and t.is_floating_point() and t.numel():
                    p.happened = True
                    if isinstance(out, torch.Tensor):
                        return new(t)
                    if isinstance(out, tuple):
                        return tuple(new(x) if x is t else x for x in out)
                    out[name] = new(t)
                    return out
            return out

        model.register_forward_hook(hook)

    return Patched(into)


def _nan(t: torch.Tensor) -> torch.Tensor:
    t = t.clone(memory_format=torch.contiguous_format)
    t.flatten()[0] = float("nan")
    return t


@change("tiny", "library: a NaN in the output")
def _(c: Case) -> Any:
    return _output(_nan)


@change("tiny", "library: an infinity in the output")
def _(c: Case) -> Any:
    return _output(
        lambda t: torch.cat([t.flatten()[:-1], t.new_tensor([torch.inf])]).reshape(
            t.shape
        )
    )


@change("tiny", "library: the output in half precision")
def _(c: Case) -> Any:
    return _output(lambda t: t.half())


@change("tiny", "library: the output always the same")
def _(c: Case) -> Any:
    return _output(lambda t: torch.ones_like(t))


@change("tiny", "library: the output with an axis more")
def _(c: Case) -> Any:
    return _output(lambda t: t.unsqueeze(0))


@change("tiny", "library: noise in the output")
def _(c: Case) -> Any:
    return _output(lambda t: t + 1e-3 * torch.randn_like(t))


@change("tiny", "library: the attention mask ignored")
def _(c: Case) -> Any:
    names = {s["name"] for s in c.recipe["inputs"]}
    if not {"input_ids", "attention_mask"} <= names:
        raise NotHere

    def into(model: torch.nn.Module, p: Patched) -> None:
        def hook(_m: Any, args: Any, kwargs: Row) -> Any:
            if isinstance(kwargs.get("attention_mask"), torch.Tensor):
                p.happened = True
                mask = torch.ones_like(kwargs["attention_mask"])
                return args, {**kwargs, "attention_mask": mask}
            return None

        model.register_forward_pre_hook(hook, with_kwargs=True)

    return Patched(into)


class Attention(Patched):
    """Attention without its mask: none reaches torch."""

    def __init__(self) -> None:
        super().__init__(lambda model, p: None)

    def __enter__(self) -> Self:
        real = torch.nn.functional.scaled_dot_product_attention

        def blind(*args: Any, **kwargs: Any) -> torch.Tensor:
            mask = kwargs.get("attn_mask")
            if (
                kwargs.get("is_causal")
                or mask is not None
                and not bool((mask if mask.dtype == torch.bool else mask == 0).all())
            ):
                self.happened = True
            return real(*args[:3], **{**kwargs, "attn_mask": None, "is_causal": False})

        self.patch = mock.patch.object(
            torch.nn.functional, "scaled_dot_product_attention", blind
        )
        self.patch.start()
        return self


@change("tiny", "library: attention without its mask")
def _(c: Case) -> Any:
    return Attention()


@change("tiny", "library: another position of the tokens ignored")
def _(c: Case) -> Any:
    names = {s["name"] for s in c.recipe["inputs"]}
    if "input_ids" not in names:
        raise NotHere

    def into(model: torch.nn.Module, p: Patched) -> None:
        def hook(_m: Any, args: Any, kwargs: Row) -> Any:
            ids = kwargs.get("input_ids")
            if isinstance(ids, torch.Tensor) and ids.dim() == 2 and ids.shape[1] > 2:
                p.happened = True
                ids = ids.clone()
                ids[:, 1] = ids[:, 2]
                return args, {**kwargs, "input_ids": ids}
            return None

        model.register_forward_pre_hook(hook, with_kwargs=True)

    return Patched(into)


@change("tiny", "library: a tensor lost on saving")
def _(c: Case) -> Any:
    if "reload" in c.recipe.get("except", {}):
        raise NotHere

    def into(model: torch.nn.Module, p: Patched) -> None:
        whole = model.save_pretrained

        def less(folder: Any) -> None:
            state = model.state_dict()
            at = [v.data_ptr() for v in state.values()]  # the same where tied
            lost = next(
                (k for k, v in state.items() if at.count(v.data_ptr()) == 1), None
            )
            p.happened = lost is not None
            whole(folder, state_dict={k: v for k, v in state.items() if k != lost})

        model.save_pretrained = less

    return Patched(into)


@change("tiny", "library: a tensor changed on saving")
def _(c: Case) -> Any:
    if "reload" in c.recipe.get("except", {}):
        raise NotHere

    def into(model: torch.nn.Module, p: Patched) -> None:
        whole = model.save_pretrained

        def other(folder: Any) -> None:
            p.happened = True
            matrix = next(v for v in model.parameters() if v.dim() > 1)
            kept = matrix.detach().clone()
            matrix.data.mul_(2)
            whole(folder)
            matrix.data.copy_(kept)

        model.save_pretrained = other

    return Patched(into)


@change("tiny", "library: generation that stops too early")
def _(c: Case) -> Any:
    if "generates" not in c.recipe:
        raise NotHere

    def into(model: torch.nn.Module, p: Patched) -> None:
        whole = model.generate

        def less(**kwargs: Any) -> Any:
            p.happened = True
            return whole(**{**kwargs, "max_new_tokens": 2, "min_new_tokens": 2})

        model.generate = less

    return Patched(into)


# --- the run ----------------------------------------------------------------


def sample(rows: list[Row], families: dict[str, str]) -> list[str]:
    """EACH of every family: spread over the names, so that one does not choose."""
    by: dict[str, list[str]] = {}
    for r in sorted(rows, key=lambda r: r["model_type"]):
        if r["outcome"] == "ok" and r["parameters"] <= MAX_PARAMETERS:
            by.setdefault(families[r["model_type"]], []).append(r["model_type"])
    chosen = []
    for names in by.values():
        n = min(EACH, len(names))
        chosen += [names[(2 * i + 1) * len(names) // (2 * n)] for i in range(n)]
    return sorted(chosen)


def modules() -> dict[str, Any]:
    found = {}
    for path in sorted(HERE.glob("test_hf_*.py")):
        module = importlib.import_module(path.stem)
        found[module.ROW["model_type"]] = module
    return found


def attempt(c: Case, level: str, f: Change) -> str | None:
    """The assertion that noticed; None when none did. NotHere passes through."""
    applied = f(c)
    with applied if applied is not None else contextlib.nullcontext() as patch:
        try:
            c.run(level)
        except AssertionError as err:
            return str(err).split(":")[0].split("\n")[0][:40] or "unnamed"
        except Exception as err:  # noqa: BLE001  noticed, by none that says what
            return f"error {type(err).__name__}"
    if isinstance(patch, Patched) and not patch.happened:
        raise NotHere
    return None


def drill(job: tuple[str, str]) -> list[Row]:
    """Every change on one architecture, after a run without any."""
    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    name, other = job
    have = modules()
    for level in ("contract", "tiny"):
        Case(have[name], have[other]).run(level)
    told = []
    for level, what, f in CHANGES:
        try:
            by = attempt(Case(have[name], have[other]), level, f)
        except NotHere:
            continue
        told.append({"architecture": name, "change": what, "level": level, "by": by})
    return told


def summary(told: list[Row]) -> list[Row]:
    out = []
    for level, what, _ in CHANGES:
        rows = [t for t in told if t["change"] == what]
        by = Counter(t["by"] for t in rows if t["by"])
        out.append(
            {
                "change": what,
                "level": level,
                "tried": len(rows),
                "caught": sum(by.values()),
                "by": by,
                "missed": sorted(t["architecture"] for t in rows if not t["by"]),
            }
        )
    return out


def main() -> int:
    data = HERE.parent.parent / "registrydata"
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--out", type=Path, default=data / "drill.json")
    p.add_argument("--only", nargs="+", metavar="TYPE", help="these, not the sample")
    p.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    args = p.parse_args()

    catalog = json.loads((data / "catalog.json").read_text())["archs"]
    families = {a["model_type"]: a["family"] for a in catalog}
    recipes = json.loads((data / "recipes.json").read_text())
    names = args.only or sample(recipes["archs"], families)
    jobs = [(n, names[(i + 1) % len(names)]) for i, n in enumerate(names)]
    if len(names) == 1:
        jobs = [(names[0], "vit" if names[0] != "vit" else "bert")]
    told: list[Row] = []
    with concurrent.futures.ProcessPoolExecutor(args.jobs) as pool:
        for i, rows in enumerate(pool.map(drill, jobs), 1):
            told += rows
            missed = [r["change"] for r in rows if not r["by"]]
            print(
                f"{i}/{len(jobs)} {jobs[i - 1][0]}: {len(rows)} changes, not caught: {missed}",
                file=sys.stderr,
                flush=True,
            )
    document = {
        "schema": SCHEMA,
        "versions": versions(),
        "architectures": [
            {"architecture": n, "family": families[n]} for n in sorted(names)
        ],
        "changes": summary(told),
    }
    put(args.out, json.dumps(document, indent=1, sort_keys=True) + "\n")
    caught = sum(1 for t in told if t["by"])
    print(f"{caught} of {len(told)} changes were caught, on {len(names)} architectures")
    return 0


if __name__ == "__main__":
    sys.exit(main())
