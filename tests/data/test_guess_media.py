"""Which columns name pictures or sounds."""

from __future__ import annotations

from pathlib import Path

from tunewright.data.guess import guess
from tunewright.data.guess_media import media_columns
from tunewright.data.reading import read
from tunewright.data.table import Table


def test_a_column_of_names_is_seen(tmp_path: Path) -> None:
    """Danger: `init` takes the names of files for texts to be read."""
    rows = "".join(f"clips/{i}.wav,{'yes' if i % 2 else 'no'},speaker {i}\n" for i in range(30))
    (tmp_path / "t.csv").write_text(f"file,answer,who\n{rows}", encoding="utf-8")
    table = read(tmp_path / "t.csv", role="train")
    assert media_columns(table) == {"audio": "file"}
    found = guess(table, target="answer")
    assert (found.inputs, found.target, found.task) == ({"audio": "file"}, "answer", "classify")


def test_texts_about_pictures_are_texts(tmp_path: Path) -> None:
    """Danger: a review that ends in the name of a file."""
    rows = "".join(f"see photo{i}.jpg{'' if i % 3 == 0 else ' for it'},{i % 2}\n" for i in range(30))
    (tmp_path / "t.csv").write_text(f"text,label\n{rows}", encoding="utf-8")
    assert media_columns(read(tmp_path / "t.csv", role="train")) == {}


def pictures(folder: Path, columns: dict[str, list[str]]) -> Table:
    """A table of pictures with other columns beside."""
    names = [f"shots/{row}.png" for row in range(len(next(iter(columns.values()))))]
    lines = [",".join(["shot", *columns]), *map(",".join, zip(names, *columns.values(), strict=True))]
    (folder / "shots.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read(folder / "shots.csv", role="train")


THINGS = ["old brown leather shoes", "kettle", "lamp of brass", "two plates"]


def test_a_text_beside_pictures_is_read_with_them(tmp_path: Path) -> None:
    """Danger: half of what each row says is left out, and nobody notices that the model could have read it."""
    label = ["home" if row % 3 else "street" for row in range(30)]
    titles = [f"{THINGS[row % 4]} {row}" for row in range(30)]
    for name in ("title", "描述", "tiêu đề"):
        found = guess(pictures(tmp_path, {name: titles, "category": label}))
        assert (found.inputs, found.target) == ({"image": "shot", "text": name}, "category")
        assert "text" in found.reasons and name in found.reasons["image"]
    long = [f"what our customer wrote about it in letter {row}" for row in range(30)]
    found = guess(pictures(tmp_path, {"free": long, "verdict": label}))
    assert found.inputs == {"image": "shot", "text": "free"}
    assert (
        guess(pictures(tmp_path, {"title": titles, "price": [f"{row}.5" for row in range(30)]}), target="price").task
        == "regress"
    )


def test_what_only_tells_pictures_apart_is_not_read(tmp_path: Path) -> None:
    """Danger: the photographer's name as a feature; a text that most rows lack, so that most rows would be at fault."""
    label = ["home" if row % 3 else "street" for row in range(30)]
    for column in (
        {"by": [f"Anna Lee {row}" for row in range(30)]},
        {"title": ["" if row % 2 else f"{THINGS[row % 4]} {row}" for row in range(30)]},
        {"id": [f"{row:08d}" for row in range(30)]},
    ):
        assert guess(pictures(tmp_path, {**column, "category": label})).inputs == {"image": "shot"}
    assert guess(pictures(tmp_path, {"breed": ["poodle"] * 15 + ["beagle"] * 15}), target="breed").inputs == {
        "image": "shot"
    }
