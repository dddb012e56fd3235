"""What must not stand anywhere in src/: code out of files, talk to the network, hidden randomness."""

from __future__ import annotations

import ast

UNSAFE_MODULES = {
    "pickle": "a pickle runs code when it is read",
    "cloudpickle": "a pickle runs code when it is read",
    "dill": "a pickle runs code when it is read",
    "marshal": "reads whatever it is given",
    "shelve": "is a pickle",
    "joblib": "its files are pickles",
    "random": "has one hidden state for the whole process; use a numpy Generator",
    "requests": "nothing here talks to the network by itself",
    "urllib.request": "nothing here talks to the network by itself",
    "http.client": "nothing here talks to the network by itself",
    "telnetlib": "nothing here talks to the network by itself",
    "smtplib": "nothing here talks to the network by itself",
}
UNSAFE_CALLS = {
    "eval": "runs text as code",
    "exec": "runs text as code",
    "os.system": "runs text as a command",
    "os.popen": "runs text as a command",
    "pickle.load": "runs code",
    "yaml.unsafe_load": "runs code",
}
SEEDED_NUMPY = {"SFC64", "default_rng", "Generator", "SeedSequence", "PCG64", "Philox", "BitGenerator"}


def unsafe(sources) -> list[str]:
    found = []
    for source in sources:
        for node in ast.walk(source.tree):
            found += [source.at(node, what) for what in _in_import(node) + _in_call(node) + _in_attribute(node)]
    return found


def _in_import(node: ast.AST) -> list[str]:
    names: list[str] = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [f"imports {name}: {UNSAFE_MODULES[name]}" for name in names if name in UNSAFE_MODULES]


def _in_call(node: ast.AST) -> list[str]:
    if not isinstance(node, ast.Call):
        return []
    name = ast.unparse(node.func)
    keywords = {k.arg: k.value for k in node.keywords}
    found = [f"{name}: {UNSAFE_CALLS[name]}"] if name in UNSAFE_CALLS else []
    if name == "torch.load" and not _is(keywords.get("weights_only"), True):
        found.append("torch.load without weights_only=True runs code out of the file")
    for keyword, harm in (
        ("trust_remote_code", "runs code out of a model's repository"),
        ("allow_pickle", "runs code out of the file"),
        ("shell", "runs text as a command"),
    ):
        if keyword in keywords and not _is(keywords[keyword], False):
            found.append(f"{keyword}={ast.unparse(keywords[keyword])} {harm}")
    return found


def _in_attribute(node: ast.AST) -> list[str]:
    if not isinstance(node, ast.Attribute):
        return []
    owner, _, name = ast.unparse(node).rpartition(".")
    if owner in ("np.random", "numpy.random") and name not in SEEDED_NUMPY:
        return [f"{owner}.{name} draws from a state hidden in numpy; take a Generator"]
    return []


def _is(node: ast.expr | None, value: bool) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def bare_excepts(sources) -> list[str]:
    return [
        source.at(node, "except: catches the user's Ctrl-C too; name what is expected")
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]


def unfinished(sources) -> list[str]:
    marks = ("TODO", "FIXME", "XXX", "HACK")
    return [
        f"src/tunewright/{source.name}:{number}: {line.strip()}"
        for source in sources
        for number, line in enumerate(source.text.splitlines(), start=1)
        if any(mark in line for mark in marks)
    ]


def test_nothing_unsafe(sources):
    """The security holes of this field: pickles, remote code, commands put together from text."""
    found = unsafe(sources)
    assert not found, "\n".join(found)


def test_no_bare_except(sources):
    """A bare except turns a stop signal into a silent go-on."""
    found = bare_excepts(sources)
    assert not found, "\n".join(found)


def test_nothing_unfinished(sources):
    """A note to come back later is a promise nobody keeps; docs/experiments.md and issues are for that."""
    found = unfinished(sources)
    assert not found, "\n".join(found)


def test_the_rules_find_what_is_planted(written):
    """A rule that finds nothing would let everything pass."""
    planted = [
        "import pickle",
        "from http import client",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "eval(text)",
        "os.system(text)",
        "AutoModel.from_pretrained(name, trust_remote_code=True)",
        "AutoModel.from_pretrained(name, trust_remote_code=flag)",
        "np.load(path, allow_pickle=True)",
        "subprocess.run(text, shell=True)",
        "np.random.shuffle(rows)",
        "import random",
    ]
    assert [line for line in planted if not unsafe(written(line))] == []
    harmless = ["torch.load(path, weights_only=True)", "np.random.default_rng(0)", "model.eval()", "re.compile('x')"]
    assert [line for line in harmless if unsafe(written(line))] == []
    assert len(bare_excepts(written("try:\n    f()\nexcept:\n    pass\n"))) == 1
    assert len(unfinished(written("x = 1  # TODO later\n"))) == 1
