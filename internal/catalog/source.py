"""Prints as JSON what the files of a package say: of a transformers wheel, or of a
package with an engine that runs models.

The package is read as text: nothing of it is imported or run. A form that is not
known here is an error, and nothing is left out in silence. The last line on
standard error is the file that is being read or, at the end, what is wrong.
"""

import ast
import gc
import json
import re
import sys
import tarfile
import zipfile
from datetime import date
from functools import partial

# Far above any release: of 5.23.0, 1,074 files are read, each under 0.5 MB.
MAX_FILE = 4 << 20

MODELS = "transformers/models/"
TABLE = re.compile(r"MODEL_\w*NAMES|\w+_MAPPING_NAMES|SPECIAL_MODEL_TYPE_TO_\w+")
# Types in this list get the class that a loop assigns, unless they have a tokenizer.
NO_TOKENIZER = "MODELS_WITH_INCORRECT_HUB_TOKENIZER_CLASS"
# Loops blank the classes in these tables whose libraries are not installed.
BLANKED = ["IMAGE_PROCESSOR_MAPPING_NAMES", "VIDEO_PROCESSOR_MAPPING_NAMES"]
# The backends of image and video processors. The auto class prefers the last.
BACKENDS = ["pil", "torchvision"]
# How the docstrings of the releases up to 5.0 name the checkpoint.
LINK = re.compile(r"\[([^\]\s]+)\]\(https://huggingface\.co/\1/?\)")
# In the examples of a docstring: a variable that is set to a string, or a class that
# loads a checkpoint, which a string or a variable names.
SET = r"\b(\w+) *= *[\"']([\w./-]+)[\"']"
LOAD = r"\b([A-Z]\w*)\.from_pretrained\(\s*(?:\.\.\.)?\s*(?:[\"']([\w./-]+)[\"']|(\w+))"
EXAMPLE = re.compile(f"{SET}|{LOAD}", re.ASCII)

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITION = (*FUNCTION, ast.ClassDef)


class Unknown(Exception):
    """Source in a form that is not known here."""


class Name(str):
    """A name in an expression, which is not a string."""


def fail(node, want):
    raise Unknown(f"line {node.lineno}: want {want}, found {ast.unparse(node)[:80]!r}")


def last(node):
    """The c of a.b.c or of a.b.c[d]; "" for anything but names."""
    node = node.value if isinstance(node, ast.Subscript) else node
    return getattr(node, "attr", "") or getattr(node, "id", "")


def literal(node, known):
    """The value of an expression, in which names may have a known value. It is that
    for when all libraries are installed that transformers asks for, but not that of
    the Mistral tokenizers, which it does not depend on."""
    value = partial(literal, known=known)
    called = last(getattr(node, "func", None))
    try:
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return known.get(node.id, Name(node.id))
        if isinstance(node, ast.IfExp):
            mistral = "is_mistral_common_available" in ast.unparse(node.test)
            return value(node.orelse if mistral else node.body)
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            found = []
            for e in node.elts:
                star = isinstance(e, ast.Starred)
                found = found + (value(e.value) if star else [value(e)])
            return found
        if isinstance(node, ast.Dict):
            found = {}
            for k, v in zip(node.keys, node.values):
                found.update({value(k): value(v)} if k else value(v))
            return found
        if called == "items":
            return list(value(node.func.value).items())
        if called == "list":
            return value(node.args[0])
        if called in ("OrderedDict", "dict"):
            keys = [k.arg and ast.Constant(k.arg) for k in node.keywords]
            more = ast.Dict(keys, [k.value for k in node.keywords])
            return dict(*map(value, node.args), **value(more))
    except (AttributeError, IndexError, TypeError, ValueError):
        pass  # such as the items of what is not a dict
    return fail(node, "strings, names, or a list or dict of these")


def strings(value, node):
    """All strings of a value, in turn; of the backends of a processor the best last."""
    if isinstance(value, dict) and set(value) <= set(BACKENDS):
        value = [value[b] for b in BACKENDS if b in value]
    if isinstance(value, (list, tuple)):
        return [s for v in value for s in strings(v, node)]
    if value is not None and type(value) is not str:
        fail(node, f"strings, or a dict of {BACKENDS}")
    return [] if value is None else [value]


def table(node, known):
    """The strings of each row of a dict."""
    found = literal(node, known)
    if not isinstance(found, dict) or any(type(key) is not str for key in found):
        fail(node, "a dict")
    return {key: strings(value, node) for key, value in found.items()}


def listed(values, name):
    """The strings that a name has among assigned values, if it is there."""
    return strings(literal(values[name], {}), values[name]) if name in values else []


def statements(body):
    """The statements that Python runs outside of functions and classes."""
    for node in body:
        yield node
        if isinstance(node, DEFINITION):
            continue
        typing = isinstance(node, ast.If) and last(node.test) == "TYPE_CHECKING"
        for part in "body", "handlers", "orelse", "finalbody":
            if not (typing and part == "body"):
                yield from statements(getattr(node, part, ()))


def assignments(body):
    """The names that are assigned or annotated: name, value or None, annotation."""
    for node in body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, node.value, None
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, node.value, node.annotation


def assigned(body):
    """The values that are assigned, by name."""
    return {name: value for name, value, _ in assignments(body) if value}


class Package:
    """The files of a wheel, of a source distribution, or of a package from npm."""

    file = "zip file"  # the one that is being read

    def load(self, path):
        if path.endswith(("gz", "tgz")):
            tar = tarfile.open(path)  # noqa: SIM115
            # All of it is in one folder, whose name has the version.
            self.members = {m.name.partition("/")[2]: m for m in tar if m.isfile()}
            self.open = tar.extractfile
        else:
            wheel = zipfile.ZipFile(path)
            self.members = {m.filename: m for m in wheel.infolist()}
            self.open = wheel.open

    def matching(self, pattern):
        return sorted(filter(re.compile(pattern, re.ASCII).fullmatch, self.members))

    def text(self, file):
        self.file = file
        print(file, file=sys.stderr, flush=True)
        member = self.members.get(file)
        if not member:
            what = "a transformers wheel, or that of the engine"
            raise Unknown(f"missing: is this {what}?")
        # Of other compressions, zipfile unpacks a block without any limit.
        how = getattr(member, "compress_type", zipfile.ZIP_STORED)
        if how not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unknown("neither stored nor deflated")
        with self.open(member) as f:
            text = f.read(MAX_FILE + 1)
        if len(text) > MAX_FILE:
            raise Unknown(f"larger than the {MAX_FILE} bytes that are read")
        return text.decode("utf-8-sig")

    def assigned(self, file):
        return assigned(self.statements(file))

    def statements(self, file):
        return statements(ast.parse(self.text(file)).body)


# --- transformers -----------------------------------------------------------


def mappings(wheel):
    """The tables of the files of models/auto, which import each other's, with the
    classes of each row, and the auto classes that stand on them."""
    files, tables, auto_classes = {}, {}, {}
    lazy = {}  # X_MAPPING to X_MAPPING_NAMES
    no_tokenizer = []
    # By name, auto_mappings.py and configuration_auto.py come before the files that
    # build on their tables.
    for file in wheel.matching(MODELS + r"auto/\w+\.py"):
        for node in wheel.statements(file):
            for name, value in assigned([node]).items():
                if TABLE.fullmatch(name):
                    rows = table(value, tables) or fail(value, "a table with rows")
                    files[name], tables[name] = file, rows
                elif name == NO_TOKENIZER:
                    no_tokenizer = strings(sorted(literal(value, {})), value)
                elif last(getattr(value, "func", None)) == "_LazyAutoMapping":
                    lazy[name] = last(value.args[-1])
            change(node, tables, no_tokenizer)
            own = assigned(node.body) if isinstance(node, ast.ClassDef) else {}
            mapping = last(own.get("_model_mapping"))
            if mapping:
                name = lazy.get(mapping) or fail(own["_model_mapping"], "a mapping")
                if name in auto_classes:
                    fail(node, f"one class over {name}")
                auto_classes[name] = node.name
    found = {name: {"file": files[name], "rows": tables[name]} for name in files}
    return {"tables": found, "auto_classes": auto_classes}


def change(node, tables, no_tokenizer):
    """Follows a statement that changes a table in place."""
    if isinstance(node, ast.Expr):
        target = getattr(node.value, "func", None)  # the method of a call
    elif isinstance(node, (ast.Assign, ast.Delete)):
        target = node.targets[0]
    else:
        target = node.target if isinstance(node, ast.AugAssign) else None
    sets = isinstance(node, ast.Assign)
    name = last(getattr(target, "value", target))
    if not TABLE.fullmatch(name) or sets and isinstance(target, ast.Name):
        return
    if name in tables and last(target) == "update":
        tables[name].update(table(node.value.args[0], tables))
    elif sets and name == "TOKENIZER_MAPPING_NAMES":
        for key in no_tokenizer:
            tables[name].setdefault(key, strings(literal(node.value, {}), node))
    elif not (sets and name in BLANKED):
        fail(node, f"a known way to change {name}")


def read_class(node):
    """What a class of a configuration or of a model says."""
    own = assigned(node.body)
    params = {}
    for f in node.body:
        if isinstance(f, FUNCTION):
            args = ast.iter_child_nodes(f.args)
            params[f.name] = [a.arg for a in args if isinstance(a, ast.arg)]
    link = LINK.search(ast.get_docstring(node, clean=False) or "")
    documented = [link[1]] if link else []
    for decorator in node.decorator_list:
        if last(getattr(decorator, "func", None)) == "auto_docstring":
            keywords = {k.arg: k.value for k in decorator.keywords}
            documented = listed(keywords, "checkpoint") or documented
    fields, config = params.get("__init__", []), ""
    for name, value, annotation in assignments(node.body):
        fields += [name] if annotation else []
        if name == "config" and annotation:
            config = ast.unparse(annotation).strip("'\"")
        elif name == "config_class":
            config = last(value)
    parts = own.get("sub_configs_defaults", own.get("sub_configs"))
    return {
        "name": node.name,
        "bases": [last(b) for b in node.bases if last(b)],
        "model_type": "".join(listed(own, "model_type")),
        "config_keys": listed(own, "base_config_key"),
        "components": parts and list(map(component, parts.keys, parts.values)),
        "fields": fields,
        "documented": "".join(documented),
        "modalities": listed(own, "input_modalities"),
        "main_input": listed(own, "main_input_name"),
        "config": config,
        "examples": examples(node),
        "params": params.get("forward", []),
        "can_generate": "can_generate" in params,
    }


def component(key, spec):
    """Of the class alone, or of
    SubConfigSpec(config_class=AutoConfig, model_type="clip_vision_model")."""
    keywords = {k.arg: k.value for k in getattr(spec, "keywords", [])}
    (attr,) = strings(literal(key, {}), key)
    name = last(keywords.get("config_class", spec)) or fail(spec, "a class")
    model_type = "".join(listed(keywords, "model_type"))
    return {"attr": attr, "class": name, "model_type": model_type}


def examples(node):
    """What the docstrings of a class and of its methods load."""
    found = []
    for n in [node, *node.body]:
        values = {}
        doc = isinstance(n, DEFINITION) and ast.get_docstring(n, clean=False)
        for var, value, loader, repo, repo_var in EXAMPLE.findall(doc or ""):
            if var:
                values[var] = value
            elif repo or repo_var in values:
                found.append({"class": loader, "id": repo or values[repo_var]})
    return found


def task(spec):
    """{"pt": (AutoModelForCTC,), "default": {"model": (id, revision)}, ...}"""
    model = spec["default"]["model"]
    repo, _revision = model["pt"] if isinstance(model, dict) else model
    return {"auto_classes": spec["pt"], "default": repo}


def catalog(wheel):
    assigned = wheel.assigned("transformers/__init__.py")
    version = "".join(listed(assigned, "__version__"))
    if not re.match(r"[5-9]\.|[1-9][0-9]+\.|[1-9][0-9]*!", version):
        found = f"this is transformers {version[:40]!r}"
        raise Unknown(f"{found}, and releases before 5.0 are not read")
    built = wheel.matching(r"transformers-[^/]+\.dist-info/METADATA")
    dates = [date(*wheel.members[file].date_time[:3]).isoformat() for file in built]
    out = {"version": version, "date": "".join(dates[:1]), **mappings(wheel)}
    assigned = wheel.assigned("transformers/pipelines/__init__.py")
    tasks = literal(assigned["SUPPORTED_TASKS"], {})
    out["tasks"] = {name: task(spec) for name, spec in tasks.items()}
    aliases = table(assigned.get("TASK_ALIASES", ast.Dict([], [])), {})
    out["aliases"] = {alias: name for alias, (name,) in aliases.items()}
    out["configs"], out["models"] = [], []
    form = MODELS + r"(?!auto/)(\w+/)+(configuration|modeling)_\w+\.py"
    for file in wheel.matching(form):
        kind = "configs" if "/configuration_" in file else "models"
        for node in wheel.statements(file):
            if isinstance(node, ast.ClassDef):
                out[kind].append({"file": file, **read_class(node)})
    return out


# --- engines ----------------------------------------------------------------

# Draft heads are not models of their own, and the classes of the backend none of
# transformers.
VLLM_LEFT_OUT = ["_SPECULATIVE_DECODING_MODELS", "_TRANSFORMERS_BACKEND_MODELS"]


def vllm(package):
    tables = package.assigned("vllm/model_executor/models/registry.py")
    rows = {}
    for name in map(last, tables["_VLLM_MODELS"].values):
        if name not in VLLM_LEFT_OUT:
            for key, value in zip(tables[name].keys, tables[name].values):
                if not isinstance(value, ast.DictComp):  # takes over rows of others
                    rows.update(table(ast.Dict([key], [value]), {}))
    return {name: found[1:] for name, found in rows.items()}


def sglang(package):
    rows = {}
    for file in package.matching(r"sglang/srt/models/\w+\.py"):
        entry = package.assigned(file).get("EntryClass", ast.List([]))
        entry = literal(entry, {})
        for name in entry if isinstance(entry, list) else [entry]:
            rows[name] = [file]
    return rows


def llama_cpp(package):
    tables = package.assigned("vendor/llama.cpp/conversion/__init__.py")
    models = table(tables["TEXT_MODEL_MAP"], {})
    return {name: [f"conversion/{module}.py"] for name, (module,) in models.items()}


def mlx(package):
    """A module that has a class Model is what runs the model type of its name."""
    rows = {}
    folders = r"mlx_(lm|vlm)/(models|speculative/drafters)/"
    for file in package.matching(folders + r"[\w.-]+?(/__init__)?\.py"):
        named = set()
        for node in package.statements(file):
            named.update(a.asname or a.name for a in getattr(node, "names", []))
            named.add(getattr(node, "name", ""))
        if "Model" in named:
            rows[re.search(r"([^/]+?)(/__init__)?\.py$", file)[1]] = [file]
    # The loaders of embeddings and the like know some by further names.
    for file in package.matching(r"mlx_(lm|vlm)/\w+\.py"):
        found = package.assigned(file) if "_REMAPPING" in package.text(file) else {}
        for target in found:
            if target.endswith("MODEL_REMAPPING"):
                instead = {
                    k: rows.get(v, []) for k, (v,) in table(found[target], {}).items()
                }
                rows = rows | instead if target[0] == "M" else instead | rows
    return {k: v for k, v in rows.items() if v}


def onnx(package):
    rows = {}
    for node in package.statements("optimum/exporters/onnx/model_configs.py"):
        for call in getattr(node, "decorator_list", []):
            if last(getattr(call, "func", None)) == "register_tasks_manager_onnx":
                keywords = {k.arg: k.value for k in call.keywords}
                if listed(keywords, "library_name") in ([], ["transformers"]):
                    (key,) = strings(literal(call.args[0], {}), call)
                    rows[key] = [node.name]
    return rows


def transformers_js(package):
    rows = {}
    text = re.sub(r"//.*", "", package.text("src/models/registry.js"))
    form = r"MAPPING_NAMES\w* = new Map\(\[(.*?)\]\);"
    for table in re.findall(form, text, re.DOTALL):
        found = re.findall(r"\[\s*'([^']+)',\s*'(\w+)',?\s*\]", table)
        if len(found) != table.count("["):
            raise Unknown(f"a table of other things than pairs: {table[:80]!r}")
        for model_type, c in found:
            rows.setdefault(model_type, []).append(c)
    return rows


READERS = {r.__name__: r for r in (catalog, vllm, sglang, mlx, onnx)}
READERS.update({"llama.cpp": llama_cpp, "transformers.js": transformers_js})

if __name__ == "__main__":
    version = sys.version.split()[0]
    if sys.version_info < (3, 9):  # noqa: UP036
        sys.exit(f"this is Python {version}, and 3.9 or newer is needed")
    gc.disable()  # syntax trees have no cycles, and collecting takes a fifth of the time
    package = Package()
    try:
        package.load(sys.argv[2])
        json.dump(READERS[sys.argv[1]](package), sys.stdout)
    except Unknown as e:
        sys.exit(f"{package.file}: {e}")
    # A damaged zip file, bytes that are not text, nesting too deep, and so on.
    except Exception as e:  # noqa: BLE001
        sys.exit(f"{package.file}: {type(e).__name__}: {e} (Python {version})")
