"""Writing in batches gives what transformers' own `generate` gives row by row."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tiny_models import shared_model_folder
from tiny_writers import WRITERS, shared_writer_folder
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

from tunewright.errors import NonFiniteError, ResourceError
from tunewright.models.generation import Decoding, write
from tunewright.models.source import quiet_transformers

CPU = torch.device("cpu")
ROWS = [np.array(ids) for ids in ([5, 9, 11, 3], [6, 3], [14, 8, 30, 21, 9, 3], [7, 7, 3])]


def arguments_of(rows, left: bool = False):
    longest = max(len(ROWS[row]) for row in rows)
    ids, mask = np.zeros((2, len(rows), longest), dtype=np.int64)
    for place, row in enumerate(rows):
        span = slice(longest - len(ROWS[row]), longest) if left else slice(0, len(ROWS[row]))
        ids[place, span], mask[place, span] = ROWS[row], 1
    return {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}


def opened(family: str):
    with quiet_transformers():
        return AutoModelForSeq2SeqLM.from_pretrained(shared_writer_folder(family)).eval()


def written(model, decoding, batches=((2, 0), (3, 1)), **kwargs):
    pieces = [np.array(batch, dtype=np.int64) for batch in batches]
    return write(model, kwargs.pop("arguments_of", arguments_of), pieces, decoding, device=CPU, precision="fp32")


def out_of_memory(**given):
    raise MemoryError


def without_end(ids) -> list[int]:
    return [i for i in ids if i not in (0, 3)]


@pytest.mark.parametrize("family", WRITERS)
@pytest.mark.parametrize("beams", [1, 3])
def test_batches_write_what_single_rows_write(family: str, beams: int) -> None:
    """Danger: padding that changes a text, or texts under other rows' numbers. Four rows whose longest comes first."""
    model = opened(family)
    found = written(model, Decoding(beams=beams, max_new_tokens=8))
    for row, ids in enumerate(found.ids):
        with torch.no_grad(), quiet_transformers():
            own = model.generate(
                input_ids=torch.from_numpy(ROWS[row])[None], num_beams=beams, max_new_tokens=8, do_sample=False
            )[0, 1:].tolist()
        assert without_end(ids) == without_end(own)
        assert found.cut[row] == (3 not in own)


def test_a_model_that_goes_on_leaves_its_prompt_out() -> None:
    """Danger: the question given back as a part of the answer."""
    with quiet_transformers():
        model = AutoModelForCausalLM.from_pretrained(shared_model_folder("llama")).eval()
    found = written(model, Decoding(max_new_tokens=4), arguments_of=lambda rows: arguments_of(rows, left=True))
    assert all(1 <= len(ids) <= 4 for ids in found.ids)


def test_what_may_not_come_twice() -> None:
    """Danger: a setting that is taken and not passed on."""
    model = opened("mbart")
    loops = written(model, Decoding(max_new_tokens=16)).ids
    free = written(model, Decoding(max_new_tokens=16, no_repeat_ngram=1)).ids
    assert any(len(set(ids.tolist())) < len(ids) for ids in loops)
    assert all(len(set(ids.tolist())) == len(ids) for ids in free)


def test_positions_bound_the_length() -> None:
    """Danger: a table of positions read beyond its end, in the middle of an evaluation."""
    found = written(opened("mbart"), Decoding(max_new_tokens=500))
    assert max(map(len, found.ids)) <= 79


def test_scores_that_are_no_numbers_stop() -> None:
    """Danger: of NaN any token can be called the best."""
    model = opened("t5")
    with torch.no_grad():
        model.shared.weight.fill_(float("nan"))
    with pytest.raises(NonFiniteError):
        written(model, Decoding(max_new_tokens=3))


def test_short_memory_halves_a_batch() -> None:
    """Danger: an hour of writing lost to one batch that did not fit."""
    model, sizes = opened("t5"), []
    plain = model.generate

    def tight(**given):
        sizes.append(len(given["input_ids"]))
        if sizes[-1] > 1:
            raise MemoryError
        return plain(**given)

    wanted = [ids.tolist() for ids in written(model, Decoding(max_new_tokens=4)).ids]
    model.generate = tight
    assert [ids.tolist() for ids in written(model, Decoding(max_new_tokens=4)).ids] == wanted
    assert sizes == [2, 1, 1, 2, 1, 1]
    model.generate = out_of_memory
    with pytest.raises(ResourceError):
        written(model, Decoding(max_new_tokens=4))
