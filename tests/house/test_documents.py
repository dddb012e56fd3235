"""Everything that README.md and docs/ show is run, so that it cannot go stale.

Blocks in `bash` and `python` run one after the other in one folder a page, with nothing on standard input. A comment
on the line before a block changes that:

    <!-- file: reviews.yaml -->        the block is the text of that file; it is written, not run
    <!-- not run: reason -->           the block is left alone
    <!-- exit: 2 -->                   a bash block that ends with that status
    <!-- install: pyproject.toml -->   leaves what `pip install -e .` would, without touching this environment

and `<!-- given: reviews.csv -->` anywhere on a page puts a file of GIVEN there first. Blocks in `yaml` are laid over a
whole recipe and validated.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from warm_start import warm

from tunewright.recipe import Recipe, catalog
from tunewright.recipe.page import read_value

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMENT = re.compile(r"<!-- (?P<key>file|not run|exit|given|install): (?P<value>.+?) -->")
FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", flags=re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block and the comment right above it."""

    place: str
    language: str
    text: str
    key: str
    value: str


def blocks_of(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        above = text[: match.start()].rstrip().rpartition("\n")[2]
        comment = COMMENT.fullmatch(above)
        place = f"{page.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}"
        key, value = (comment["key"], comment["value"]) if comment else ("", "")
        found.append(Block(place, match["language"], match["text"], key, value))
    return found


def reviews(rows: int = 160) -> str:
    """A small labelled CSV as a reader of the guides would have one, the same in every run."""
    draw = np.random.default_rng(7)
    things = ["kettle", "lamp", "backpack", "keyboard", "blender", "jacket", "tent", "speaker", "chair", "camera"]
    words = {
        "positive": [
            "works every day without fail",
            "is better than I hoped",
            "is worth every cent",
            "looks and feels great",
        ],
        "negative": [
            "broke after a week",
            "is not what was shown",
            "stopped working and nobody answers",
            "smells of glue",
        ],
    }
    lines = ["review,sentiment,country"]
    for _ in range(rows):
        label = str(draw.choice(["positive", "negative"], p=[0.6, 0.4]))
        number, country = draw.integers(1, 999), draw.choice(["DE", "VN", "CN"])
        lines.append(f'"The {draw.choice(things)}, order {number}, {draw.choice(words[label])}.",{label},{country}')
    return "\n".join(lines) + "\n"


def departments(rows: int = 80) -> str:
    """Chinese questions to a hospital, to be written in GB18030."""
    draw = np.random.default_rng(7)
    asked = {
        "内科": ["咳嗽两周", "胸口发闷", "血压偏高"],
        "外科": ["膝盖扭伤", "伤口红肿", "手腕骨折"],
        "儿科": ["孩子发烧", "宝宝夜里哭闹"],
    }
    lines = ["问题,科室"]
    for _ in range(rows):
        label = str(draw.choice(list(asked)))
        lines.append(f"{draw.choice(asked[label])}，已经{draw.integers(1, 30)}天了，应该怎么办？,{label}")
    return "\n".join(lines) + "\n"


def orders(rows: int = 60) -> str:
    """Sentences of a shop with persons and cities, a word and its tag a line."""
    draw = np.random.default_rng(7)
    persons, cities = ["Anna Lee", "Minh", "Li Na", "Omar Diaz"], ["Hue", "Berlin", "Da Nang", "Xi'an"]
    blocks = []
    for _ in range(rows):
        lines = ["the\tO", "order\tO", "of\tO"]
        for kind, names, behind in (("PERSON", persons, "goes to"), ("CITY", cities, ".")):
            words = str(draw.choice(names)).split()
            lines += [f"{word}\t{'I' if place else 'B'}-{kind}" for place, word in enumerate(words)]
            lines += [f"{word}\tO" for word in behind.split()]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def sentences(rows: int = 60) -> str:
    """English sentences and their Chinese translations."""
    draw = np.random.default_rng(7)
    who = {"I": "我", "She": "她", "We": "我们", "The teacher": "老师"}
    does = {"like": "喜欢", "buy": "买", "want": "要", "remember": "记得"}
    what = {"apples": "苹果", "this book": "这本书", "the old house": "那座老房子", "tea": "茶", "music": "音乐"}
    lines = {}
    while len(lines) < rows:
        s, v, o = (str(draw.choice(list(words))) for words in (who, does, what))
        lines[f"{s} {v} {o}."] = f"{who[s]}{does[v]}{what[o]}。"
    return "english,chinese\n" + "".join(f"{english},{chinese}\n" for english, chinese in lines.items())


def asked(articles: int = 20) -> str:
    """Questions about what a shop sells, in SQuAD's own form; some have no answer."""
    draw = np.random.default_rng(7)
    found = []
    for article in range(articles):
        thing, price = str(draw.choice(["kettle", "lamp", "tent"])), f"{draw.integers(9, 90)} euros"
        context = f"Item {article} of our list is a {thing}. It costs {price}. It comes with a guarantee."
        right = [{"text": price, "answer_start": context.index(price)}]
        costs = {"question": f"What does the {thing} cost?", "answers": right, "is_impossible": False}
        made = {"question": f"Who made the {thing}?", "answers": [], "is_impossible": True}
        paragraphs = [{"context": context, "qas": [costs | {"id": f"{article}a"}, made | {"id": f"{article}b"}]}]
        found.append({"title": f"Item {article}", "paragraphs": paragraphs})
    return json.dumps({"version": "v2.0", "data": found}, indent=1)


def matches() -> str:
    """Questions and what was answered to them."""
    things = ["kettle", "lamp", "backpack", "keyboard", "blender", "jacket", "tent", "speaker", "chair", "camera"]
    asked = {
        "How do I clean the {}?": "Wipe the {} with a damp cloth.",
        "Where is the {} made?": "Our {} comes from a workshop in Hue.",
        "Can I return the {}?": "You may send the {} back within a month.",
        "What does the {} weigh?": "The {} weighs less than two kilograms.",
    }
    rows = [f"{q.format(thing)},{a.format(thing)}" for thing in things for q, a in asked.items()]
    return "\n".join(["query,passage", *rows]) + "\n"


def paraphrases() -> str:
    """Pairs of sentences and how alike they are, 0 to 5."""
    rows = [line.split(",") for line in matches().splitlines()[1:]]
    alike = [f"{q},{q.replace('the', 'this')},{5 - place % 3 / 2}" for place, (q, _) in enumerate(rows)]
    others = [f"{q},{q.rpartition(' ')[0]} {a.split()[-1]},{place % 4 / 2}" for place, (q, a) in enumerate(rows)]
    return "\n".join(["sentence1,sentence2,score", *alike, *others]) + "\n"


def hard() -> str:
    """Questions, what was answered, and what was answered to another question about the same thing."""
    rows = [line.split(",") for line in matches().splitlines()[1:]]
    others = [rows[place + 1 if place % 4 < 3 else place - 3][1] for place in range(len(rows))]
    return (
        "\n".join(["anchor,positive,negative", *(f"{q},{a},{no}" for (q, a), no in zip(rows, others, strict=True))])
        + "\n"
    )


GIVEN = {
    "sentences.csv": lambda: sentences().encode(),
    "paraphrases.csv": lambda: paraphrases().encode(),
    "matches.csv": lambda: matches().encode(),
    "hard.csv": lambda: hard().encode(),
    "asked.json": lambda: asked().encode(),
    "orders.conll": lambda: orders().encode(),
    "reviews.csv": lambda: reviews().encode(),
    "new_reviews.csv": lambda: b"id,review\n1,It broke after two days.\n2,Worth every cent.\n",
    "questions.csv": lambda: departments().encode("gb18030"),
}


def install(pyproject: Path) -> None:
    """Make the modules of a folder importable, with their entry points, for the blocks that follow."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    info = pyproject.with_name(f"{project['name']}-{project['version']}.dist-info")
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    lines = []
    for group, points in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {target}" for name, target in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="session")
def commands() -> Iterator[Path]:
    """`tunewright` and `python` without their imports, which would be most of what the pages cost."""
    with tempfile.TemporaryDirectory() as folder, warm(Path(folder)) as found:
        yield found


def run(block: Block, folder: Path, commands: Path) -> None:
    """Run a block as a reader would who types it, and show all of its output if it ends otherwise than it says."""
    scripts = Path(sys.executable).parent
    environment = os.environ | {
        "PATH": os.pathsep.join([str(commands), str(scripts), os.environ["PATH"]]),
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "COLUMNS": "100",
    }
    if any(folder.glob("*.dist-info")):
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
    shell = ["bash", "-euo", "pipefail", "-c", block.text]
    command = shell if block.language == "bash" else [str(commands / "python"), "-c", block.text]
    done = subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=900, check=False
    )
    wanted = int(block.value) if block.key == "exit" else 0
    said = (done.stdout + done.stderr).decode("utf-8", errors="replace")[-6000:]
    assert done.returncode == wanted, f"{block.place} ended with {done.returncode}, not {wanted}:\n{said}"
    assert "Traceback" not in said, f"{block.place} shows a traceback:\n{said}"


def runnable(page: Path) -> list[Block]:
    """What is written or run, in order. Python blocks in a row share a process: torch takes seconds to start."""
    found: list[Block] = []
    for block in blocks_of(page):
        if block.key != "file" and (block.language not in ("bash", "python") or block.key == "not run"):
            continue
        last = found[-1] if found else None
        if last and not (block.key or last.key) and block.language == last.language == "python":
            found[-1] = replace(last, text=f"{last.text}\n{block.text}")
        else:
            found.append(block)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("page", [p for p in PAGES if runnable(p)], ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_does_what_it_shows(page, tmp_path, commands):
    """The first thing a new user does is to type what the page says."""
    for key, value in COMMENT.findall(page.read_text(encoding="utf-8")):
        if key == "given":
            (tmp_path / value).write_bytes(GIVEN[value]())
    for block in runnable(page):
        if block.key == "file":
            (tmp_path / block.value).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / block.value).write_text(block.text, encoding="utf-8")
        elif block.key == "install":
            install(tmp_path / block.value)
        else:
            run(block, tmp_path, commands)


YAML = [
    block
    for page in PAGES
    for block in blocks_of(page)
    if block.language == "yaml"
    and block.key not in ("not run", "file")  # a file's recipe is read by the command that runs it
]


@pytest.mark.parametrize("block", YAML, ids=lambda block: block.place)
def test_a_recipe_shown_is_valid(block):
    """A field renamed in the code and not on the page sends every reader into an error."""
    whole = {"model": "sample://minilm", "data": {"train": "a.csv", "inputs": {"text": "text"}, "target": "label"}}
    shown = read_value(block.text, block.place)
    data = whole["data"] | shown.get("data", {})
    task = shown.get("task", "classify")
    if catalog.load("task", task if isinstance(task, str) else task["kind"]).target_kind == "none":
        data = {name: value for name, value in data.items() if name != "target" or name in shown.get("data", {})}
    Recipe(**(whole | shown | {"data": data}))


def test_links_lead_somewhere():
    """A page moved without its links leaves readers at a 404."""
    broken = []
    for page in PAGES:
        text = FENCE.sub("", page.read_text(encoding="utf-8"))
        for target in re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", text):
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert not broken, "\n".join(broken)


def test_blocks_are_marked_in_a_way_that_is_understood():
    """A misspelled mark would silently run, or silently skip, a block."""
    wrong = []
    for page in PAGES:
        for comment in re.findall(r"<!--.*?-->", page.read_text(encoding="utf-8"), flags=re.DOTALL):
            if not COMMENT.fullmatch(comment) and not comment.startswith("<!-- Written by"):
                wrong.append(f"{page.relative_to(ROOT)}: {comment}")
        wrong += [f"{b.place}: has no language" for b in blocks_of(page) if not b.language]
        wrong += [f"{b.place}: {b.key} belongs elsewhere" for b in blocks_of(page) if b.key == "given"]
    assert not wrong, "\n".join(wrong)


def test_the_map_in_the_readme_is_the_territory(package):
    """The tree in README.md is how a newcomer finds a room."""
    maps = [block.text for block in blocks_of(ROOT / "README.md") if block.text.startswith("src/tunewright/")]
    assert len(maps) == 1
    shown = {line.split()[0] for line in maps[0].splitlines()[1:] if line.startswith("  ") and line[2] != " "}
    rooms = {f"{path.name}/" for path in package.iterdir() if (path / "__init__.py").is_file()}
    assert shown == rooms | {"errors.py"}
