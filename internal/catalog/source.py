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

# Far above any release: of 5.23.0, 1,074 files of 28 MB are read, each under 0.5 MB.
MAX_FILE = 4 << 20
MAX_TOTAL = 256 << 20

MODELS = "transformers/models/"
AUTO = re.compile(MODELS + r"auto/\w+\.py", re.ASCII)
CLASSES = re.compile(
    MODELS + r"(?!auto/)(\w+/)+(configuration|modeling)_\w+\.py", re.ASCII
)

CONFIGS = "CONFIG_MAPPING_NAMES"
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


class Unknown(Exception):
    """Source in a form that is not known here."""


def fail(node, want):
    raise Unknown(f"line {node.lineno}: want {want}, found {ast.unparse(node)[:80]!r}")


def pair(node):
    elements = node.elts if isinstance(node, ast.Tuple) else []
    return elements if len(elements) == 2 else fail(node, "a pair")


def is_none(node):
    return isinstance(node, ast.Constant) and node.value is None


def string(node):
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        fail(node, "a string")
    return node.value


def strings(node):
    """The strings of a list, tuple or set, or the one; None is none."""
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return [string(e) for e in node.elts]
    return [] if is_none(node) else [string(node)]


def name(node):
    return node.id if isinstance(node, ast.Name) else fail(node, "a name")


def last(node):
    """The c of a.b.c or of a.b.c[d]; "" for anything but names."""
    node = node.value if isinstance(node, ast.Subscript) else node
    return getattr(node, "attr", "") or getattr(node, "id", "")


def pairs(node):
    if not isinstance(node, ast.Dict) or None in node.keys:
        fail(node, "a dict")
    return {string(key): value for key, value in zip(node.keys, node.values)}


def entry(node, key):
    return pairs(node).get(key) or fail(node, f"a dict with {key!r}")


def choice(node):
    """The value for when all libraries are installed that transformers asks for, but
    not that of the Mistral tokenizers, which it does not depend on."""
    while isinstance(node, ast.IfExp):
        mistral = "is_mistral_common_available" in ast.unparse(node.test)
        node = node.orelse if mistral else node.body
    return node


def classes(node):
    """The classes of a table's row: one, (slow, fast), or one for each backend."""
    node = choice(node)
    if isinstance(node, (ast.Tuple, ast.List)):
        return [c for e in node.elts for c in classes(e)]
    if isinstance(node, ast.Dict):
        found = pairs(node)
        if not set(found) <= set(BACKENDS):
            fail(node, f"a dict of {BACKENDS}")
        return [c for b in BACKENDS if b in found for c in classes(found[b])]
    return strings(node)


def statements(body):
    """The statements that Python runs outside of functions and classes."""
    for node in body:
        yield node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
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


class Auto:
    """What the files of models/auto say together: they import each other's tables."""

    def __init__(self):
        self.tables = {}
        self.auto_classes = {}
        self.no_tokenizer = []

    def read(self, file, tree):
        mappings = {}  # X_MAPPING to X_MAPPING_NAMES
        for node in statements(tree.body):
            for target, value, _ in assignments([node]):
                if not value:
                    continue
                if TABLE.fullmatch(target):
                    rows = self.rows(value) or fail(value, "a table with rows")
                    self.tables[target] = {"file": file, "rows": rows}
                elif target == NO_TOKENIZER:
                    self.no_tokenizer = sorted(strings(value))
                elif target == "CONFIG_MAPPING" and isinstance(value.args[0], ast.List):
                    # Releases before 4.10 import all classes.
                    rows = {
                        string(k): [name(v)] for k, v in map(pair, value.args[0].elts)
                    }
                    self.tables[CONFIGS] = {"file": file, "rows": rows}
                elif last(getattr(value, "func", None)) == "_LazyAutoMapping":
                    mappings[target] = name(value.args[-1])
            self.change(node)
            if not isinstance(node, ast.ClassDef):
                continue
            for target, value, _ in assignments(node.body):
                if target == "_model_mapping" and value and not is_none(value):
                    table = mappings.get(name(value)) or fail(value, "a mapping")
                    if table in self.auto_classes:
                        fail(value, f"one class over {table}")
                    self.auto_classes[table] = node.name

    def rows(self, node):
        """The rows of a dict, of a list of pairs, of another table, or of these behind
        a star or in a call: OrderedDict(...), dict(...), list(...), x.update(...)."""
        rows = {}
        if isinstance(node, ast.Name) and node.id in self.tables:
            rows.update(self.tables[node.id]["rows"])
        elif isinstance(node, ast.Starred):
            rows.update(self.rows(node.value))
        elif isinstance(node, ast.Call) and last(node.func) == "items":
            rows.update(self.rows(node.func.value))
        elif isinstance(node, ast.Call):
            known = last(node.func) in ("OrderedDict", "dict", "list", "update")
            if not known or any(k.arg for k in node.keywords):
                fail(node, "a table")
            for arg in node.args + [k.value for k in node.keywords]:
                rows.update(self.rows(arg))
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values):
                new = {string(key): classes(value)} if key else self.rows(value)
                rows.update(new)
        elif isinstance(node, (ast.List, ast.Tuple)):
            for e in node.elts:
                pair = isinstance(e, ast.Tuple) and len(e.elts) == 2
                new = {string(e.elts[0]): classes(e.elts[1])} if pair else self.rows(e)
                rows.update(new)
        else:
            fail(node, "a table that is known here")
        return rows

    def change(self, node):
        """Follows a statement that changes a table in place."""
        if isinstance(node, ast.Expr):
            target = getattr(node.value, "func", None)  # the method of a call
        elif isinstance(node, (ast.Assign, ast.Delete)):
            target = node.targets[0]
        else:
            target = node.target if isinstance(node, ast.AugAssign) else None
        plain = isinstance(node, ast.Assign) and isinstance(target, ast.Name)
        table = last(getattr(target, "value", target))
        if plain or not TABLE.fullmatch(table):
            return
        rows = self.rows(ast.copy_location(ast.Name(table), node))
        if isinstance(node, ast.Expr) and last(target) == "update":
            rows.update(self.rows(node.value))
        elif isinstance(node, ast.Assign) and table == "TOKENIZER_MAPPING_NAMES":
            for key in self.no_tokenizer:
                rows.setdefault(key, classes(node.value))
        elif not (isinstance(node, ast.Assign) and table in BLANKED):
            fail(node, f"a known way to change {table}")
        self.tables[table]["rows"] = rows


def methods(node):
    """The parameters of each method of a class."""
    found = {}
    for f in node.body:
        if isinstance(f, (ast.FunctionDef, ast.AsyncFunctionDef)):
            a = f.args
            params = [*a.posonlyargs, *a.args, a.vararg, *a.kwonlyargs, a.kwarg]
            found[f.name] = [p.arg for p in params if p]
    return found


def config_class(node):
    fields = methods(node).get("__init__", [])
    c = {"model_type": "", "config_keys": [], "components": None, "fields": fields}
    for target, value, annotation in assignments(node.body):
        if annotation:
            fields.append(target)
        if not value:
            continue
        if target == "model_type":
            c["model_type"] = "".join(strings(value))
        elif target == "base_config_key":
            c["config_keys"] = strings(value)
        elif target in ("sub_configs", "sub_configs_defaults"):
            c["components"] = [component(k, v) for k, v in pairs(value).items()]
    doc = ast.get_docstring(node, clean=False) or ""
    link = LINK.search(doc)
    c["documented"] = link[1] if link else ""
    for decorator in node.decorator_list:
        if last(getattr(decorator, "func", None)) == "auto_docstring":
            for k in decorator.keywords:
                if k.arg == "checkpoint" and not is_none(k.value):
                    c["documented"] = string(k.value)
    return c


def component(attr, spec):
    """The class alone, or
    SubConfigSpec(config_class=AutoConfig, model_type="clip_vision_model")."""
    args = {"config_class": spec}
    if isinstance(spec, ast.Call):
        args = {k.arg: k.value for k in spec.keywords}
        if last(spec.func) != "SubConfigSpec" or "config_class" not in args:
            fail(spec, "a SubConfigSpec with config_class")
    model_type = string(args["model_type"]) if "model_type" in args else ""
    return {"attr": attr, "class": name(args["config_class"]), "model_type": model_type}


def examples(node):
    """What the docstrings of a class and of its methods load."""
    found = []
    for n in [node, *node.body]:
        if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            values = {}
            doc = ast.get_docstring(n, clean=False) or ""
            for var, value, loader, repo, repo_var in EXAMPLE.findall(doc):
                if var:
                    values[var] = value
                elif repo or repo_var in values:
                    found.append({"class": loader, "id": repo or values[repo_var]})
    return found


def model_class(node):
    found = methods(node)
    c = {"modalities": [], "main_input": [], "config": "", "examples": examples(node)}
    c["params"] = found.get("forward", [])
    c["can_generate"] = "can_generate" in found
    for target, value, annotation in assignments(node.body):
        if target == "input_modalities" and value:
            c["modalities"] = strings(value)
        elif target == "main_input_name" and value:
            c["main_input"] = strings(value)
        elif target == "config" and annotation:
            c["config"] = ast.unparse(annotation).strip("'\"")
        elif target == "config_class" and isinstance(value, ast.Name):
            c["config"] = value.id
    return c


def task(node):
    """{"pt": (AutoModelForCTC,), "default": {"model": (id, revision)}, ...}"""
    model = entry(entry(node, "default"), "model")
    if isinstance(model, ast.Dict):
        model = entry(model, "pt")
    auto_classes = choice(entry(node, "pt"))
    if not isinstance(auto_classes, ast.Tuple) or len(strings(model)) != 2:
        fail(node, "a task with auto classes and a default model with its revision")
    return {
        "auto_classes": [name(c) for c in auto_classes.elts],
        "default": strings(model)[0],
    }


def release(tree):
    for target, value, _ in assignments(tree.body):
        if target == "__version__":
            if not re.match(r"[5-9]\.|[1-9][0-9]+\.|[1-9][0-9]*!", string(value)):
                found = f"this is transformers {string(value)[:40]!r}"
                raise Unknown(f"{found}, and releases before 5.0 are not read")
            return string(value)
    raise Unknown("__version__ is missing")


class Wheel:
    def __init__(self, path):
        self.zip = self.tar = None
        if path.endswith(("gz", "tgz")):  # of a source distribution, or from npm
            self.tar = tarfile.open(path)  # noqa: SIM115
            files = [m for m in self.tar if m.isfile()]
            # All of it is in one folder, whose name has the version.
            self.members = {m.name.partition("/")[2]: m for m in files}
            self.names = sorted(self.members)
        else:
            self.zip = zipfile.ZipFile(path)
            self.names = sorted(set(self.zip.namelist()))
        self.left = MAX_TOTAL
        self.file = ""  # the one that is being read

    def matching(self, pattern):
        return filter(re.compile(pattern, re.ASCII).fullmatch, self.names)

    def open(self, file):
        if self.tar:
            return self.tar.extractfile(self.members[file])
        # Of other compressions, zipfile unpacks a block without any limit.
        how = self.zip.getinfo(file).compress_type
        if how not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unknown("neither stored nor deflated")
        return self.zip.open(file)

    def text(self, file):
        self.file = file
        print(file, file=sys.stderr, flush=True)
        limit = min(MAX_FILE, self.left)
        try:
            with self.open(file) as f:
                text = f.read(limit + 1)
        except KeyError:
            raise Unknown(
                "missing: is this a transformers wheel, or that of the engine?"
            ) from None
        if len(text) > limit:
            raise Unknown(f"larger than the {limit} bytes that are read")
        self.left -= len(text)
        return text.decode("utf-8-sig")

    def parse(self, file):
        return ast.parse(self.text(file))


def read(wheel):
    out = {"version": release(wheel.parse("transformers/__init__.py"))}
    auto = Auto()
    # By name, auto_mappings.py and configuration_auto.py come before the files that
    # build on their tables.
    for file in filter(AUTO.fullmatch, wheel.names):
        auto.read(file, wheel.parse(file))
    out["tables"], out["auto_classes"] = auto.tables, auto.auto_classes
    pipelines = wheel.parse("transformers/pipelines/__init__.py")
    for target, value, _ in assignments(pipelines.body):
        if target == "SUPPORTED_TASKS":
            out["tasks"] = {k: task(v) for k, v in pairs(value).items()}
        elif target == "TASK_ALIASES":
            out["aliases"] = {k: string(v) for k, v in pairs(value).items()}
    out["configs"], out["models"] = [], []
    for file in filter(CLASSES.fullmatch, wheel.names):
        config = "/configuration_" in file
        for node in statements(wheel.parse(file).body):
            if isinstance(node, ast.ClassDef):
                c = config_class(node) if config else model_class(node)
                bases = [last(b) for b in node.bases if last(b)]
                c.update(name=node.name, file=file, bases=bases)
                out["configs" if config else "models"].append(c)
    return out


def known(wheel):
    """The model types of a release since 4.0, with their config classes, and the day
    on which its wheel was built."""
    auto = Auto()
    for file in ("auto_mappings.py", "configuration_auto.py"):
        if MODELS + "auto/" + file in wheel.names or file != "auto_mappings.py":
            auto.read(file, wheel.parse(MODELS + "auto/" + file))
    rows = auto.tables[CONFIGS]["rows"]
    metadata = next(
        wheel.matching(r"transformers-[^/]+\.dist-info/METADATA"), "METADATA"
    )
    version = re.search(r"^Version: (\S+)$", wheel.text(metadata), re.MULTILINE)
    return {
        "version": version[1],
        "date": date(*wheel.zip.getinfo(metadata).date_time[:3]).isoformat(),
        "added": {k: v[0] for k, v in rows.items()},
    }


def assigned(package, file):
    """What a file of an engine assigns, by name."""
    found = assignments(statements(package.parse(file).body))
    return {target: value for target, value, _ in found if value}


# Draft heads are not models of their own, and the classes of the backend none of
# transformers.
VLLM_LEFT_OUT = ["_SPECULATIVE_DECODING_MODELS", "_TRANSFORMERS_BACKEND_MODELS"]


def vllm(package):
    tables = assigned(package, "vllm/model_executor/models/registry.py")
    rows = {}
    for table in map(name, tables["_VLLM_MODELS"].values):
        if table in VLLM_LEFT_OUT:
            continue
        for key, value in zip(tables[table].keys, tables[table].values):
            if key:
                rows[string(key)] = strings(value)[1:]
            elif not isinstance(value, ast.DictComp):  # takes over rows of others
                fail(value, "a dict, with comprehensions at most")
    return rows


def sglang(package):
    rows = {}
    for file in package.matching(r"sglang/srt/models/\w+\.py"):
        entry = assigned(package, file).get("EntryClass")
        if entry:
            several = isinstance(entry, (ast.List, ast.Tuple))
            rows.update({name(c): [file] for c in (entry.elts if several else [entry])})
    return rows


def llama_cpp(package):
    found = assigned(package, "vendor/llama.cpp/conversion/__init__.py")
    models = pairs(found["TEXT_MODEL_MAP"])
    return {k: [f"conversion/{string(v)}.py"] for k, v in models.items()}


def mlx(package):
    """A module that has a class Model is what runs the model type of its name."""
    rows = {}
    for file in package.matching(
        r"mlx_(lm|vlm)/(models|speculative/drafters)/[\w.-]+?(/__init__)?\.py"
    ):
        body = package.parse(file).body
        imported = [a for n in body if isinstance(n, ast.ImportFrom) for a in n.names]
        named = [n.name for n in body if isinstance(n, ast.ClassDef)]
        if "Model" in named + [a.asname or a.name for a in imported]:
            rows[re.search(r"([^/]+?)(/__init__)?\.py$", file)[1]] = [file]
    # The loaders of embeddings and the like know some by further names.
    for file in package.matching(r"mlx_(lm|vlm)/\w+\.py"):
        found = assigned(package, file) if "_REMAPPING" in package.text(file) else {}
        for target in found:
            if target.endswith("MODEL_REMAPPING"):
                names = pairs(found[target]).items()
                instead = {k: rows.get(string(v), []) for k, v in names}
                rows = rows | instead if target[0] == "M" else instead | rows
    return {k: v for k, v in rows.items() if v}


def onnx(package):
    rows = {}
    for node in package.parse("optimum/exporters/onnx/model_configs.py").body:
        for call in getattr(node, "decorator_list", []):
            if last(getattr(call, "func", None)) == "register_tasks_manager_onnx":
                library = {k.arg: k.value for k in call.keywords}.get("library_name")
                if library is None or string(library) == "transformers":
                    rows[string(call.args[0])] = [node.name]
    return rows


def transformers_js(package):
    rows = {}
    text = re.sub(r"//.*", "", package.text("src/models/registry.js"))
    for table in re.findall(
        r"MAPPING_NAMES\w* = new Map\(\[(.*?)\]\);", text, re.DOTALL
    ):
        found = re.findall(r"\[\s*'([^']+)',\s*'(\w+)',?\s*\]", table)
        if len(found) != table.count("["):
            raise Unknown(f"a table of other things than pairs: {table[:80]!r}")
        for model_type, c in found:
            rows.setdefault(model_type, []).append(c)
    return rows


READERS = {
    "catalog": read,
    "release": known,
    "vllm": vllm,
    "sglang": sglang,
    "llama.cpp": llama_cpp,
    "mlx": mlx,
    "onnx": onnx,
    "transformers.js": transformers_js,
}

if __name__ == "__main__":
    version = sys.version.split()[0]
    if sys.version_info < (3, 9):  # noqa: UP036
        sys.exit(f"this is Python {version}, and 3.9 or newer is needed")
    gc.disable()  # syntax trees have no cycles, and collecting takes a fifth of the time
    wheel = None
    try:
        wheel = Wheel(sys.argv[2])
        json.dump(READERS[sys.argv[1]](wheel), sys.stdout)
    except Unknown as e:
        sys.exit(f"{wheel.file}: {e}")
    except SyntaxError as e:
        sys.exit(f"{wheel.file}: line {e.lineno}: {e.msg} (Python {version})")
    # A damaged zip file, bytes that are not text, nesting too deep, and so on.
    except Exception as e:  # noqa: BLE001
        sys.exit(f"{wheel.file if wheel else 'zip file'}: {type(e).__name__}: {e}")
