"""Everything that README.md and docs/ show is run, so that it cannot go stale.

Blocks in `bash` and `python` run one after the other in one folder a page, with nothing on standard input. A comment
on the line before a block changes that:

    <!-- file: reviews.yaml -->        the block is the text of that file; it is written, not run
    <!-- not run: reason -->           the block is left alone
    <!-- exit: 2 -->                   a bash block that ends with that status
    <!-- begins: examples/small/x -->  the block is how that file begins
    <!-- install: pyproject.toml -->   leaves what `pip install -e .` would, without touching this environment

The folder holds a copy of `examples/small/`, as the project's own does. Blocks in `yaml` are laid over a whole recipe
and validated.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from warm_start import warm

from tunewright.recipe import Recipe, catalog
from tunewright.recipe.page import read_value

ROOT = Path(__file__).resolve().parents[2]
SMALL = ROOT / "examples" / "small"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", SMALL / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMENT = re.compile(r"<!-- (?P<key>file|not run|exit|begins|install): (?P<value>.+?) -->")
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
        if block.key != "file" and (block.language not in ("bash", "python") or block.key in ("not run", "begins")):
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
    shutil.copytree(SMALL, tmp_path / "examples" / "small")
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
    and block.key not in ("not run", "file", "begins")  # a file's recipe is read by the command that runs it
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


def test_a_file_that_is_shown_begins_so():
    """A reader compares his own file with what the page shows, and it is not what the commands read."""
    shown = [block for page in PAGES for block in blocks_of(page) if block.key == "begins"]
    assert shown
    for block in shown:
        assert (ROOT / block.value).read_text(encoding="utf-8").startswith(block.text), block.place


def test_every_small_file_is_told_of():
    """A file that no page names is one that nobody tries, and that stays when its guide has moved on."""
    pages = "\n".join(page.read_text(encoding="utf-8") for page in PAGES if page != SMALL / "README.md")
    told = (SMALL / "README.md").read_text(encoding="utf-8")
    files = [path for path in SMALL.iterdir() if path.name != "README.md"]
    assert {f"`{path.name}`" for path in files} == set(re.findall(r"^\| (`\S+`)", told, flags=re.MULTILINE))
    assert not [path.name for path in files if f"examples/small/{path.name}" not in pages]
    assert sum(path.stat().st_size for path in SMALL.iterdir()) < 60_000


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
    assert not wrong, "\n".join(wrong)


def test_the_map_in_the_readme_is_the_territory(package):
    """The tree in README.md is how a newcomer finds a room."""
    maps = [block.text for block in blocks_of(ROOT / "README.md") if block.text.startswith("src/tunewright/")]
    assert len(maps) == 1
    shown = {line.split()[0] for line in maps[0].splitlines()[1:] if line.startswith("  ") and line[2] != " "}
    rooms = {f"{path.name}/" for path in package.iterdir() if (path / "__init__.py").is_file()}
    assert shown == rooms | {"errors.py"}
