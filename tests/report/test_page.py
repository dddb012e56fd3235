"""The report: self-contained, harmless, complete, small."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
import time
from html.parser import HTMLParser

import pytest

from tunewright.errors import UserError
from tunewright.records import Finding, RunFolder
from tunewright.report import write_report
from tunewright.report.page import _STYLE

VOID = {"meta", "link", "br", "hr", "col"}
ALLOWED = {
    "html", "head", "meta", "link", "title", "style", "body", "header", "nav", "main", "section", "footer", "h1",
    "h2", "h3", "p", "a", "b", "i", "span", "div", "small", "code", "pre", "bdi", "time", "table", "caption",
    "thead", "tbody", "tr", "th", "td", "ul", "li", "dl", "dt", "dd", "details", "summary", "figure",
    "figcaption", "svg", "g", "rect", "line", "path", "circle", "text",
}  # fmt: skip


class Reader(HTMLParser):
    """Collects elements and complains about what is not balanced."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        assert len(attrs) == len(dict(attrs)), f"an attribute twice in {tag}"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def read(folder: RunFolder) -> tuple[str, Reader]:
    text = write_report(folder).read_text(encoding="utf-8")
    reader = Reader(text)
    assert reader.open == []
    return text, reader


@pytest.fixture(params=["classify", "many", "multilabel", "regress", "hostile"])
def run(request, factory, hostile) -> RunFolder:
    """Every kind of run that the page has a shape for."""
    many = {"labels": [f"class {i}" for i in range(77)]}
    nasty = {
        "name": "run <b>&", "labels": hostile, "text": " ".join(hostile), "path": hostile[1], "column": hostile[2],
        "target": hostile[4], "encoding": hostile[0], "model": hostile[3], "n": 90,
    }  # fmt: skip
    options = {"classify": {}, "many": many, "multilabel": {"task": "multilabel"}, "regress": {"task": "regress"}}
    return factory.run(**options.get(request.param, nasty))


def test_the_page_is_well_formed_and_loads_nothing(run):
    """A tracker, a font or a script from elsewhere would tell others what a team is training on."""
    text, reader = read(run)
    assert {tag for tag, _ in reader.seen} <= ALLOWED
    for tag, attributes in reader.seen:
        for name, value in attributes.items():
            assert not name.startswith("on"), f"{tag} has the handler {name}"
            assert name not in ("src", "srcset", "style", "action", "xlink:href"), f"{tag} has {name}"
            if name == "href":
                assert value == "data:," or value.startswith("#")
    assert "url(" not in text
    assert "@import" not in text


def test_the_policy_allows_this_style_sheet_and_nothing_else(run):
    """Should markup ever slip through, the browser still refuses to run or load it."""
    text, reader = read(run)
    policy = next(a["content"] for t, a in reader.seen if a.get("http-equiv") == "Content-Security-Policy")
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.split("; ") == [
        "default-src 'none'", f"style-src 'sha256-{digest}'", "img-src data:", "base-uri 'none'", "form-action 'none'",
    ]  # fmt: skip
    assert text.index("Content-Security-Policy") < text.index("<style>")


def test_ids_and_links(run):
    """A link to a section that is not there is a broken page."""
    _, reader = read(run)
    ids = [a["id"] for _, a in reader.seen if "id" in a]
    assert len(ids) == len(set(ids))
    links = [a["href"][1:] for t, a in reader.seen if t == "a"]
    assert links
    assert set(links) <= set(ids)
    named = {a["aria-labelledby"] for _, a in reader.seen if "aria-labelledby" in a}
    assert named <= set(ids)


def test_it_can_be_read_aloud(run):
    """Pictures need words, tables need captions and headings, the language must be known."""
    text, reader = read(run)
    assert text.startswith('<!doctype html>\n<html lang="en">')
    assert ("meta", {"charset": "utf-8"}) in reader.seen
    for tag, attributes in reader.seen:
        if tag == "svg":
            assert attributes.get("aria-hidden") == "true" or attributes.get("aria-label")
        if tag == "th":
            assert attributes["scope"] in ("row", "col")
    tags = [tag for tag, _ in reader.seen]
    assert tags.count("table") == tags.count("caption")
    assert tags.count("h1") == 1


def test_numbers_of_pictures_are_finite(run):
    """One `nan` in a path makes the browser drop the whole line without a word."""
    _, reader = read(run)
    for tag, attributes in reader.seen:
        if tag in ("path", "rect", "line", "circle", "text"):
            assert not re.search(r"nan|inf", " ".join(v or "" for k, v in attributes.items() if k != "class"))


def test_sections_of_a_complete_run(factory):
    """A section that got lost would not be missed by anybody but its reader."""
    folder = factory.run()
    folder.evaluation("calibration").write_text('{"ece": 0.02}', encoding="utf-8")
    _, reader = read(folder)
    assert [a["id"] for t, a in reader.seen if t == "section"] == [
        "results", "classes", "confusion", "mistakes", "training", "audit", "cost", "more", "verification",
        "provenance",
    ]  # fmt: skip


def test_text_of_users_arrives_unchanged(factory, hostile):
    """Escaping must neither lose nor double: Chinese, Vietnamese and `<b>` are shown as written."""
    _, reader = read(factory.run(labels=hostile, text="a < b & c 客户服务 Giao hàng chậm", name="日本 & Co"))
    words = "".join(reader.words)
    for text in ("a < b & c 客户服务 Giao hàng chậm", "日本 & Co", hostile[0], hostile[1], "客户服务 / 退款"):
        assert text in words
    assert "&amp;" not in words
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", "".join(reader.words))


def test_a_failed_verification_and_an_audit_error_stand_at_the_top(factory):
    """Nobody may send on a model whose file differs from what was measured."""
    error = Finding(code="ragged", severity="error", title="3 rows <b>are ragged", count=3)
    text, _ = read(factory.run(passed=False, findings=(error,)))
    assert text.index("do not use it") < text.index("<main>")
    assert text.index("Trained in spite of an error in the data: <bdi>3 rows &lt;b&gt;are ragged") < text.index(
        "<main>"
    )


def test_a_run_with_nothing_but_its_recipe(factory):
    """A run killed in its first second still gets a page that says what is missing."""
    folder = RunFolder(factory.root / "new")
    folder.path.mkdir()
    folder.recipe.write_text("model: m\n", encoding="utf-8")
    text, reader = read(folder)
    assert "Training has not finished." in text
    assert "tunewright evaluate" in text
    assert "holds no audit" in text
    assert {a["id"] for t, a in reader.seen if t == "section"} == {
        "results", "training", "audit", "cost", "verification", "provenance",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["audit", "journal", "provenance", "quality", "latency", "memory", "verification"])
@pytest.mark.parametrize("damage", ["gone", "damaged"])
def test_any_record_may_be_missing(factory, name, damage):
    """The report is wanted most when something went wrong."""
    folder = factory.run()
    path = {"audit": folder.audit, "journal": folder.journal, "provenance": folder.provenance}.get(name)
    path = path or folder.evaluation(name)
    if damage == "gone":
        path.unlink()
    else:
        path.write_text('{"checks": 3, "broken', encoding="utf-8")
    text, _ = read(folder)
    assert ("is damaged" in text) == (damage == "damaged" and name != "journal")


def test_it_stays_small_and_quick(factory):
    """A report that cannot be mailed or takes a minute to draw is not used. 100,000 steps, 500 classes."""
    folder = factory.run(steps=100_000, labels=[f"class {i}" for i in range(500)], n=20_000)
    start = time.process_time()
    path = write_report(folder)
    assert time.process_time() - start < 2.0
    assert path.stat().st_size < 700_000


def test_endless_text_of_users_is_cut(factory):
    """One file name or label of a megabyte must not make the page useless."""
    folder = factory.run(labels=["x" * 100_000, "y"], text="z" * 200_000, target="t" * 100_000)
    assert write_report(folder).stat().st_size < 250_000


def test_no_folder_no_report(tmp_path):
    """A mistyped path must be told, not filled."""
    with pytest.raises(UserError):
        write_report(RunFolder(tmp_path / "nothing"))
    assert list(tmp_path.iterdir()) == []


def test_the_old_report_is_replaced_whole(factory):
    """A kill while writing must leave a page, not half of one."""
    folder = factory.run()
    folder.report.write_text("old", encoding="utf-8")
    write_report(folder)
    assert folder.report.read_text(encoding="utf-8").endswith("</html>\n")
    assert not list(folder.path.glob(".tmp*"))


def test_the_room_never_imports_torch():
    """A report must be drawable where no torch is installed, and `--help` must not wait for it."""
    code = "import sys, tunewright.report; print(sorted({'torch', 'transformers'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1])
@pytest.mark.parametrize("name", ["ink", "muted", "accent", "second", "good", "warn", "bad"])
def test_contrast(scheme, name):
    """Text below 4.5:1 cannot be read by many; light and dark are two palettes that can both go wrong."""
    blocks = re.findall(r":root \{(.*?)\}", _STYLE.read_text(encoding="utf-8"), re.DOTALL)
    colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", blocks[scheme]))
    for ground in ("paper", "soft"):
        light, dark = sorted((luminance(colours[name]), luminance(colours[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, f"{name} on {ground}"


@pytest.mark.parametrize(("gain", "shown"), [((0.0, 0.0, 0.0), False), ((0.05, 0.01, 0.09), True)])
def test_an_interval_without_width_is_none(factory, gain, shown):
    """Danger: "+0.0 to +0.0" under a tile, beside a sentence that says that no interval could be made."""
    page = write_report(factory.run(gain=gain)).read_text(encoding="utf-8")
    tile = page.split("Over best baseline")[1][:300]
    assert ("<small>" in tile.split("</dd>")[0]) is shown
