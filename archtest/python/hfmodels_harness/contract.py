"""The contract level: the installed library against the catalog."""

from __future__ import annotations

import json
import tempfile
from typing import Any
from unittest import SkipTest

import transformers

from .build import Recipe, Row, make_config
from .expect import both, expect, run_checks, same


def contract(test: Any) -> None:
    """The catalog's row against the installed library."""
    run_checks(test, CONTRACT, test.row(), test.recipe())


def check_config_class(row: Row, _: Recipe) -> None:
    names = transformers.models.auto.configuration_auto.CONFIG_MAPPING_NAMES
    got = names.get(row["model_type"])
    same("config class", f"that of {row['model_type']}", got, row["config_class"])


def check_auto_classes(row: Row, _: Recipe) -> None:
    """The row has each auto class that builds the type, with what it builds."""
    found = {}
    for name, cls in vars(transformers.models.auto.modeling_auto).items():
        if name.startswith("Auto") and getattr(cls, "_model_mapping", None) is not None:
            got = cls._model_mapping._model_mapping.get(row["model_type"], ())
            found[name] = [got] if isinstance(got, str) else list(got)
    what = f"what builds {row['model_type']}"
    for name in both("auto classes", what, {n for n, got in found.items() if got}, row["auto_classes"]):
        both("auto classes", f"what {name} builds", found[name], row["auto_classes"][name])


#: What heads are used for where transformers has no pipeline for it.
TASKS = {
    "audio-text-to-text": ["AutoModelForMultimodalLM", "AutoModelForSeq2SeqLM"],
    "image-to-image": ["AutoModelForImageToImage"],
    "keypoint-detection": ["AutoModelForKeypointDetection", "AutoModelForPoseEstimation"],
    "question-answering": ["AutoModelForQuestionAnswering"],
    "summarization": ["AutoModelForSeq2SeqLM"],
    "text2text-generation": ["AutoModelForSeq2SeqLM"],
    "time-series-forecasting": ["AutoModelForTimeSeriesPrediction"],
    "translation": ["AutoModelForSeq2SeqLM"],
    "video-text-to-text": ["AutoModelForImageTextToText"],
    "visual-question-answering": ["AutoModelForVisualQuestionAnswering"],
}


def check_tasks(row: Row, _: Recipe) -> None:
    """The row's tasks are those of its heads: those of the pipelines that use
    them, and of TASKS. What a bare AutoModel or a model for sound or video is
    used for hangs on the input, so there a task may be absent."""
    from transformers.pipelines import PIPELINE_REGISTRY

    heads = dict(TASKS)
    for task, pipeline in PIPELINE_REGISTRY.supported_tasks.items():
        heads[task] = [c.__name__ for c in pipeline["pt"]]
    # An alias for transformers, and a task of its own on the Hub.
    heads["text-to-speech"] = heads["text-to-audio"]
    # The pipeline tries these in its code only.
    heads["image-segmentation"] += ["AutoModelForInstanceSegmentation", "AutoModelForUniversalSegmentation"]
    known = both("tasks", "tasks of transformers", heads, row["tasks"].keys() | heads.keys())
    for task in row["tasks"].keys() & known:
        got = {c for c in heads[task] if c in row["auto_classes"]}
        both("tasks", f"what {task} uses", got, row["tasks"][task])
    served = set(row["tasks"])
    for task, autos in heads.items():
        by_input = autos == ["AutoModel"] or task in ("audio-text-to-text", "video-text-to-text")
        by_input |= task == "image-segmentation" and "image" not in row.get("modalities", [])
        if not by_input and set(autos) & row["auto_classes"].keys():
            served.add(task)
    both("tasks", f"what {row['model_type']} is for", served, row["tasks"])


def check_preprocessors(row: Row, _: Recipe) -> None:
    """What transformers loads for the type is what the row says."""
    stem = row["config_class"].removesuffix("Config")
    for kind, module in (
        ("tokenizer", "tokenization_auto"),
        ("processor", "processing_auto"),
        ("image_processor", "image_processing_auto"),
        ("video_processor", "video_processing_auto"),
        ("feature_extractor", "feature_extraction_auto"),
    ):
        table = vars(getattr(transformers.models.auto, module))[f"{kind.upper()}_MAPPING_NAMES"]
        name, known = row.get(kind), _names(table.get(row["model_type"]))
        # A class that no table names is the type's own by its name.
        own = not known and (name is None or name.startswith(stem))
        expect(name in known or own, kind, f"transformers has {sorted(known)}, the row says {name}")
        expect(name is None or hasattr(transformers, name), kind, f"transformers has no {name}")


def _names(entry: Any) -> set[str]:
    """The classes of a mapping's entry: one, one a backend, or none."""
    if isinstance(entry, dict):
        entry = list(entry.values())
    if isinstance(entry, (list, tuple)):
        return set().union(*map(_names, entry))
    return {entry} if entry else set()


def check_round_trip(row: Row, recipe: Recipe) -> None:
    """A config that is saved comes back as the same class and content. That of
    the recipe has values that are not the defaults, so that a lost one shows."""
    if recipe["outcome"] == "ok":
        config = make_config(recipe)
    else:
        try:
            config = transformers.AutoConfig.for_model(row["model_type"])
        except Exception as err:  # some classes cannot be built from defaults
            why = f"{row['config_class']} has no usable defaults: {err}"
            raise SkipTest(why) from err
    name = type(config).__name__
    want = row.get("alias_of") or row["model_type"]
    same("model type", f"that of {name}", config.model_type, want)
    if not row.get("alias_of"):
        same("config class", "what is built", name, row["config_class"])
    with tempfile.TemporaryDirectory() as folder:
        config.save_pretrained(folder)
        again = transformers.AutoConfig.from_pretrained(folder)
    same("round trip", "the class", type(again).__name__, name)
    lost = differing(state(config), state(again))
    expect(not lost, "round trip", f"{sorted(lost)} changed")


def defaults(model_type: str) -> Row:
    """The values that a config class and those of its parts beside it set by themselves,
    but those that any config has."""
    own = transformers.AutoConfig.for_model(model_type)
    plain, tree = transformers.PreTrainedConfig().to_dict(), own.to_dict()
    beside = {n: v for n, v in vars(own).items() if type(v).__module__ == type(own).__module__}
    kept = {
        prefix + k: v
        for prefix, values in {"": tree, **{f"{n}.": tree[n] for n in beside}}.items()
        for k, v in values.items()
        if k not in BOOKKEEPING and v != plain.get(k, ...) and not (isinstance(v, dict) and "model_type" in v)
    }
    text = json.dumps(kept, default=str)
    return json.loads(text, parse_constant=str)  # JSON has no infinity


def check_defaults(row: Row, recipe: Recipe) -> None:
    """Who builds a config from nothing gets the values of before."""
    want = recipe.get("defaults", {})
    if not want:
        return
    got = defaults(row["model_type"])
    for name in sorted(both("defaults", f"values of {row['config_class']}", got, want)):
        same("defaults", f"{name} of {row['config_class']}()", got[name], want[name])


CONTRACT = (check_config_class, check_auto_classes, check_tasks, check_preprocessors, check_round_trip)
CONTRACT += (check_defaults,)

#: What saving adds, of itself.
BOOKKEEPING = {"_name_or_path", "transformers_version", "architectures", "dtype"}


def state(config: transformers.PreTrainedConfig) -> Row:
    """What a config holds, as JSON has it, with what it does not save."""
    public = {k: v for k, v in vars(config).items() if not k.startswith("_")}
    return json.loads(json.dumps(public | config.to_dict(), default=str))


def differing(a: Row, b: Row) -> list[str]:
    """What b lost of a. Loading may fill what was left open."""
    out = []
    for k, v in a.items():
        if k in BOOKKEEPING or v is None:
            continue
        if isinstance(v, dict) and isinstance(b.get(k), dict):
            out += [f"{k}.{x}" for x in differing(v, b[k])]
        elif json.dumps(v, sort_keys=True) != json.dumps(b.get(k), sort_keys=True):
            out.append(k)
    return out
