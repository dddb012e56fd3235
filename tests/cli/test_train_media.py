"""Pictures and sounds as their user meets them: from a folder or a table of files to answers and a report."""

from __future__ import annotations

import base64
import csv
import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile
from PIL import Image
from tiny_media import picture_model_folder, picture_processor, shared_files, sound_model_folder
from tiny_runs import TWELVE_STEPS, verified_in_process
from transformers import AutoModelForImageClassification, ResNetConfig

from tunewright.cli.entry import main
from tunewright.records import Audit, Quality, RunFolder, read_record


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe as `init` writes it for a folder of pictures, trained; its model opened in a new process."""
    home = tmp_path_factory.mktemp("pictures")
    picture_model_folder(home / "vit")
    shutil.copytree(shared_files("image"), home / "pics")
    page = home / "pics.yaml"
    assert main(["init", str(home / "pics"), "--model", "./vit", "--output", str(page)]) == 0
    probes = "evaluation=[{kind: quality, resamples: 40}, {kind: latency, calls: 2, seconds: 0.1}, memory]"
    assert main(["train", str(page), *TWELVE_STEPS, "data.test=40%", probes, f"output={home / 'run'}"]) == 0
    return home


def test_a_folder_of_pictures_becomes_a_model(pictures: Path, typed: Callable[..., Any]) -> None:
    """Danger: a part of the way from a folder to a report that works alone and not with the others."""
    run = RunFolder.open(pictures / "run")
    assert "{image: path, crop: 0.8, flip: true, colour: 0.1}" in (pictures / "pics.yaml").read_text(encoding="utf-8")
    audit = read_record(run.audit, Audit)
    assert audit.sizes is not None and audit.sizes.unit == "pixels" and audit.lengths is None
    quality = read_record(run.evaluation("quality"), Quality)
    assert {metric.model for metric in quality.metrics} == {"tuned", "majority", "pixels", "probe"}
    done = typed("predict", pictures / "run", pictures / "pics")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert done.status == 0 and len(rows) == 36
    assert list(rows[0]) == ["path", "label", "probability"]
    card = (run.model / "README.md").read_text(encoding="utf-8")
    assert "puts each picture into one of 3 classes" in card and "AutoModelForImageClassification" in card
    assert "pipeline_tag: image-classification" in card


def test_wrong_pictures_are_shown(pictures: Path) -> None:
    """Danger: a list of wrong rows by the names of files, which nobody opens one by one."""
    run = RunFolder.open(pictures / "run")
    quality = read_record(run.evaluation("quality"), Quality)
    page = (pictures / "run" / "report.html").read_text(encoding="utf-8")
    assert page.count('<img src="data:image/png;base64,') == len(quality.mistakes)
    assert "Sizes in pixels" in page or "pixels of the longer side" in page
    if quality.mistakes:
        assert quality.mistakes[0].text.endswith((".png", ".jpg"))


def test_rows_that_cannot_be_read_are_named(pictures: Path, typed: Callable[..., Any]) -> None:
    """Danger: a file that is missing or cut short, passed over in silence or met in the middle of an epoch."""
    good = sorted((pictures / "pics").glob("*/*.png"))
    whole = good[0].read_bytes()
    (pictures / "cut.png").write_bytes(whole[: len(whole) // 2])
    (pictures / "twin.png").write_bytes(good[3].read_bytes())
    rows = [(f"pics/{file.parent.name}/{file.name}", file.parent.name) for file in good]
    extra = [("cut.png", "red"), ("gone.png", "red"), ("twin.png", good[3].parent.name), ("", "blue")]
    page = _page(pictures, rows + extra, {"image": "file"})
    done = typed("train", page, *TWELVE_STEPS)
    assert done.status == 2
    for told in (f"rows.csv:{len(rows) + 2}", f"rows.csv:{len(rows) + 3}", "gone.png"):
        assert told in done.err
    done = typed("check", page, "data.on_bad_row=skip", "--json")
    found = {finding["code"]: finding["count"] for finding in done.json["findings"]}
    assert done.status == 0
    assert (found["broken_media"], found["missing_file"], found["empty_input"], found["duplicate"]) == (1, 1, 1, 1)
    (pictures / "new.csv").write_text("file\npics/red/000.jpg\ngone.png\n", encoding="utf-8")
    with verified_in_process():
        done = typed("train", page, *TWELVE_STEPS, "training.max_steps=1", "data.on_bad_row=skip", "evaluation=[]")
    assert done.status == 0
    done = typed("predict", pictures / "rows_run", pictures / "new.csv")
    assert done.status == 2 and "new.csv:3" in done.err and "none was labelled" in done.err


def test_a_changed_picture_is_prepared_anew(pictures: Path, typed: Callable[..., Any]) -> None:
    """Danger: a table whose own bytes are the same, and prepared data of pictures that were replaced since."""
    shutil.copytree(pictures / "pics", pictures / "again", dirs_exist_ok=True)
    files = sorted((pictures / "again").glob("*/*.png"))
    page = _page(
        pictures, [(f"again/{f.parent.name}/{f.name}", f.parent.name) for f in files], {"image": "file"}, "again"
    )
    assert typed("check", page).status == 0
    files[0].write_bytes(files[0].read_bytes()[:200])
    done = typed("check", page, "--json")
    assert [f["code"] for f in done.json["findings"] if f["severity"] == "error"] == ["broken_media"]


def test_bytes_in_parquet_are_pictures(pictures: Path, typed: Callable[..., Any]) -> None:
    """Danger: bytes decoded as text, and every row of a data set from the hub called undecodable."""
    files = sorted((pictures / "pics").glob("*/*"))
    held = [{"bytes": file.read_bytes(), "path": file.name} for file in files]
    table = pa.table({"image": held, "raw": [one["bytes"] for one in held], "label": [f.parent.name for f in files]})
    pq.write_table(table, pictures / "rows.parquet")
    for column in ("image", "raw"):
        page = pictures / f"{column}.yaml"
        page.write_text(
            f"model: ./vit\ndata: {{train: rows.parquet, inputs: {{image: {column}}}, target: label}}\n",
            encoding="utf-8",
        )
        done = typed("check", page, "--json")
        audit = done.json
        assert done.status == 0 and sum(split["rows"] for split in audit["splits"]) == 36
        assert not [finding for finding in audit["findings"] if finding["severity"] == "error"]


def _page(home: Path, rows: list[tuple[str, str]], inputs: dict[str, Any], name: str = "rows") -> Path:
    with (home / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("file", "label"), *rows])
    page = home / f"{name}.yaml"
    column = ", ".join(f"{role}: {value}" for role, value in inputs.items())
    page.write_text(
        f"model: ./vit\noutput: {home / f'{name}_run'}\n"
        f"data: {{train: {name}.csv, inputs: {{{column}}}, target: label}}\n",
        encoding="utf-8",
    )
    return page


def test_a_folder_of_sounds_becomes_a_model(tmp_path: Path, typed: Callable[..., Any]) -> None:
    """Danger: as for pictures; and sounds that are cut without a word, or of no length and learned all the same."""
    sound_model_folder(tmp_path / "wav2vec2")
    shutil.copytree(shared_files("audio"), tmp_path / "clips")
    soundfile.write(tmp_path / "clips" / "low" / "none.wav", np.zeros(0, dtype=np.float32), 8_000)
    page = tmp_path / "clips.yaml"
    assert typed("init", tmp_path / "clips", "--model", "./wav2vec2", "--output", page).status == 0
    done = typed("train", page, *TWELVE_STEPS)
    assert done.status == 2 and "none.wav" in done.err and "0 seconds" in done.err
    probes = "evaluation=[{kind: quality, resamples: 40}]"
    options = ["data.on_bad_row=skip", "data.inputs.max_seconds=0.4", "method={kind: lora, rank: 4}", probes]
    assert typed("train", page, *TWELVE_STEPS, *options, "data.test=40%", f"output={tmp_path / 'run'}").status == 0
    run = RunFolder.open(tmp_path / "run")
    audit = read_record(run.audit, Audit)
    assert audit.sizes is not None and audit.sizes.limit == 0.4 and audit.sizes.lost > 0
    assert "long" in {finding.code for finding in audit.findings}
    quality = read_record(run.evaluation("quality"), Quality)
    assert {metric.model for metric in quality.metrics} == {"tuned", "majority", "spectrum", "probe"}
    for mistake in quality.mistakes:
        Image.open(io.BytesIO(base64.b64decode(mistake.picture.partition(",")[2]))).verify()
    (tmp_path / "clips" / "low" / "none.wav").unlink()
    done = typed("predict", tmp_path / "run", tmp_path / "clips", "--json")
    assert done.status == 0 and len(done.json["rows"]) == 36
    soundfile.write(tmp_path / "clips" / "low" / "click.wav", np.ones(16, dtype=np.float32), 8_000)
    said = "".join(typed("check", page).out.split())
    assert "1rowisshorterthanthe" in said and "click.wav:1(0.002seconds)" in said
    done = typed("check", page, "data.max_length=100", "data.on_bad_row=skip")
    assert done.status == 2 and "data.inputs.max_seconds" in done.err


def test_a_model_with_statistics_of_its_own_is_not_averaged(
    pictures: Path, tmp_path: Path, typed: Callable[..., Any]
) -> None:
    """Danger: weights of many steps under the BatchNorm statistics of one; and a check that lets it pass."""
    shape = ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic")
    AutoModelForImageClassification.from_config(shape).save_pretrained(tmp_path / "resnet")
    picture_processor().save_pretrained(tmp_path / "resnet")
    given = [pictures / "pics.yaml", f"model={tmp_path / 'resnet'}", f"output={tmp_path / 'run'}"]
    assert typed("check", *given).status == 0
    for verb in ("check", "train"):
        done = typed(verb, *given, "training.average_power=1")
        assert done.status == 2 and "training.average_power" in done.err and "BatchNorm" in done.err, done.err
