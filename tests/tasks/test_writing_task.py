"""Tasks that write: a loss over tokens, answers that carry their certainty, models that write what was measured."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from tiny_models import shared_model_folder
from tiny_writers import WRITERS
from torch.nn import functional
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer
from trial import trial

from tunewright.errors import RecipeError
from tunewright.models.load_options import LoadOptions
from tunewright.models.source import Source, quiet_transformers
from tunewright.tasks.asking import Asking
from tunewright.tasks.summarise import Summarise
from tunewright.tasks.text_rows import TextRows
from tunewright.tasks.translate import Translate

CPU = torch.device("cpu")


def asking(bench, quick: bool = False) -> Asking:
    return Asking(bench.tokenizer, CPU, "fp32", 512, quick)


@pytest.mark.parametrize("family", WRITERS)
def test_the_loss_is_the_mean_over_all_tokens(family: str) -> None:
    """Danger: a mean of means over rows, or smoothing that counts padding. The peer is the model's own loss with
    torch's smoothing."""
    bench = trial(family, "full", "translate")
    batch = bench.batch(bench.rows)
    found = bench.task.loss_of(bench.plain.eval(), batch, bench.space)
    with torch.no_grad():
        logits = bench.plain(**batch.arguments, labels=batch.targets).logits
    expected = functional.cross_entropy(logits.flatten(0, 1), batch.targets.flatten(), label_smoothing=0.1)
    assert found.weight == int((batch.targets != -100).sum())
    assert float(found.sum.detach()) / found.weight == pytest.approx(float(expected), rel=1e-5)


def test_texts_come_with_how_sure_the_model_is() -> None:
    """Danger: a probability that is another text's, or that beams and penalties have bent."""
    bench = trial("mbart", "full", "translate")
    task = Translate(beams=2, max_new_tokens=6)
    found = task.written(bench.plain.eval(), bench.encoded, bench.inputs, bench.space, asking(bench))
    assert len(found) == 16 and found.cut is not None and found.certainty is not None
    with quiet_transformers(), torch.no_grad():
        given = bench.encoded.collate([3])
        start = task.begins(bench.plain, bench.tokenizer)["decoder_start_token_id"]
        out = bench.plain.generate(**given, num_beams=2, max_new_tokens=6, decoder_start_token_id=start)
        told = bench.plain(**given, decoder_input_ids=out[:, :-1]).logits.log_softmax(-1)
    own = told.gather(2, out[:, 1:, None]).mean().exp()
    assert found.texts[3] == bench.tokenizer.decode(out[0], skip_special_tokens=True).strip()
    assert found.certainty[3] == pytest.approx(float(own), rel=1e-4)


def test_quick_answers_search_less() -> None:
    """Danger: validation as slow as the evaluation, or an evaluation as careless as validation."""
    bench = trial("t5", "full", "translate")
    task = Translate(beams=4, validation_beams=1, max_new_tokens=5)
    greedy = Translate(beams=1, max_new_tokens=5)
    quick = task.written(bench.plain.eval(), bench.encoded, bench.inputs, bench.space, asking(bench, quick=True))
    wanted = greedy.written(bench.plain, bench.encoded, bench.inputs, bench.space, asking(bench))
    assert quick.texts == wanted.texts
    assert quick.certainty is not None and np.isnan(quick.certainty).all()


def test_plain_transformers_writes_what_was_measured(tmp_path) -> None:
    """Danger: figures made with six beams, and a model that is handed over with one and a limit of 20 tokens."""
    bench = trial("marian", "full", "translate")
    task = Translate(beams=3, max_new_tokens=7, length_penalty=0.7, no_repeat_ngram=2)
    model = task.model(bench.source, bench.space, LoadOptions(0, 0, dropout=0.0)).eval()
    found = task.written(model, bench.encoded, bench.inputs, bench.space, asking(bench))
    model.save_pretrained(tmp_path)
    bench.tokenizer.save_pretrained(tmp_path)
    with quiet_transformers():
        plain, tokenizer = AutoModelForSeq2SeqLM.from_pretrained(tmp_path), AutoTokenizer.from_pretrained(tmp_path)
        for row in range(4):
            ids = plain.generate(**tokenizer(bench.texts[row], return_tensors="pt"))
            assert tokenizer.decode(ids[0], skip_special_tokens=True).strip() == found.texts[row]


def test_texts_without_an_end_are_reported() -> None:
    """Danger: translations that stop in the middle, and a score that hides it."""
    truth = TextRows(["a", "b", "c"])
    answers = TextRows(["a a", "", "c"], np.zeros(3), np.array([True, False, False]))
    told = " ".join(Translate(max_new_tokens=9).remarks(truth, answers))
    assert "1 of 3 texts came to no end within 9 tokens" in told and "1 of 3 texts are empty" in told
    assert Translate().remarks(truth, TextRows(["a", "b", "c"])) == []


def test_a_model_or_tokenizer_that_cannot_write_is_refused() -> None:
    """Danger: an encoder with a decoder of noise; or a tokenizer without the end token: a model that never stops."""
    bert = Source("bert", str(shared_model_folder("bert")))
    with pytest.raises(RecipeError, match="encoder-decoder"):
        Summarise().ready(bert.config(), bert.tokenizer())
    bench = trial("t5", "full", "summarise")
    config = bench.source.config()
    config.eos_token_id = 17
    with pytest.raises(RecipeError, match="never learn to stop"):
        Summarise().ready(config, bench.tokenizer)


def test_a_prefix_is_read_and_not_written() -> None:
    """Danger: T5 without the words that it knows its task by, in training or in one of the places that read texts."""
    task = Summarise(prefix="sum up: ")
    assert task.text_prefix() == "sum up: "
    bench = trial("t5", "full", "summarise")
    plain = bench.inputs.encode({"t": ["good film"]}, bench.tokenizer, 64)
    with_it = bench.inputs.encode({"t": ["good film"]}, bench.tokenizer, 64, prefix=task.text_prefix())
    assert with_it.ids.tolist() == bench.tokenizer("sum up: good film")["input_ids"] != plain.ids.tolist()


def test_weights_of_classes_are_refused() -> None:
    """Danger: tokens weighed as if they were classes, which ends in an error of shapes in the first step."""
    with pytest.raises(ValidationError, match="tokens, which are no classes"):
        Translate(loss={"kind": "cross_entropy", "class_weights": "balanced"})
