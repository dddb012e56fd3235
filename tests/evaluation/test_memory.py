from __future__ import annotations

import torch

from tunewright.evaluation.memory import Memory


def test_counts_and_weighs(subject) -> None:
    """The figures are simple sums; a folder or a shared tensor counted twice makes them wrong all the same."""
    found = Memory(batch_size=4).measure(subject)
    assert found.parameters == sum(tensor.numel() for tensor in subject.model.parameters())
    assert found.weights_bytes == 4 * found.parameters
    files = [file for file in subject.folder.model.iterdir() if file.is_file()]
    assert found.disk_bytes == sum(file.stat().st_size for file in files) > found.weights_bytes
    assert found.adapter_bytes is None and found.training_peak_bytes is None
    subject.folder.adapter.mkdir()
    (subject.folder.adapter / "adapter_model.safetensors").write_bytes(b"x" * 77)
    object.__setattr__(subject, "training_peak_bytes", 123)
    again = Memory(batch_size=4).measure(subject)
    assert again.adapter_bytes == 77 and again.training_peak_bytes == 123


class Hungry(torch.nn.Module):
    """Takes 128 MiB more for a moment for each row than it keeps."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model, self.lengths = model, []

    def forward(self, input_ids: torch.Tensor, **rest: torch.Tensor):
        self.lengths.append(tuple(input_ids.shape))
        torch.ones(len(input_ids), 2**25).sum().item()
        return self.model(input_ids=input_ids, **rest)


def test_peak_is_of_the_longest_rows_and_of_the_highest_moment(subject) -> None:
    """Memory that is free again after the forward is what makes it fail: looked at afterwards, it is not there."""
    hungry = Hungry(subject.model)
    object.__setattr__(subject, "model", hungry)
    found = Memory(batch_size=2).measure(subject)
    assert 0.99 * 2**28 <= found.inference_peak_bytes < 1.5 * 2**28
    longest = sorted(subject.test.encoded.lengths)[-1]
    assert hungry.lengths[-1] == (2, longest)
