"""Losses that look at a whole step at once, on steps that are computed in pieces.

Where every sample's loss depends on all others of the step (in-batch negatives), a piece has no loss of its own: cut
into pieces the samples would have fewer negatives, and it would be another training. So the outputs of all pieces are
computed first, without a graph; the loss of the whole step and its gradient by the outputs follow; then each piece is
computed again, with the same dropout, and its part of that gradient goes on into the weights (Gao et al. 2021,
"Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tunewright.inputs import Batch
from tunewright.losses import LossSum
from tunewright.training.world import World

__all__ = ["Across", "Pulled", "pulled"]

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Across:
    """What a loss over a whole step is made of.

    Attributes:
        outputs_of: what the model puts out for a micro-batch: (samples, width).
        targets_of: the targets of any samples, in their order.
        loss_of: (sum, weight) from outputs and targets of all samples of a step.
    """

    outputs_of: Callable[[nn.Module, Batch], Tensor]
    targets_of: Callable[[Rows], Tensor]
    loss_of: Callable[[Tensor, Tensor], LossSum]


@dataclass(frozen=True, eq=False)
class Pulled:
    """The loss of a step, told by one process of all, and its gradient by the outputs of each piece of this process."""

    loss: float
    weight: float
    gradients: list[Tensor]


def pulled(across: Across, pieces: Sequence[Rows], outputs: Sequence[Tensor], world: World) -> Pulled:
    """The loss over the samples of all processes, in the order of their numbers, so that no cut shows in its sum.

    Args:
        across: what the loss is made of.
        pieces: this process's samples; none of them empty.
        outputs: of each piece, (samples, width).
        world: the processes that share the step; each must call this.
    """
    mine = np.concatenate([np.zeros(0, dtype=np.int64), *pieces])
    everywhere = np.sort(np.concatenate([np.array(rows, dtype=np.int64) for rows in world.gather(mine.tolist())]))
    targets = across.targets_of(everywhere)
    (width,) = world.largest(outputs[0].shape[1] if outputs else 0)
    places = torch.from_numpy(np.searchsorted(everywhere, mine)).to(targets.device)
    whole = torch.zeros(len(everywhere), int(width), device=targets.device)
    if outputs:
        whole[places] = torch.cat([output.float() for output in outputs])
    # every row is zero in all processes but one, so the sum is that one's figure to the bit
    whole = world.sum_tensor(whole).requires_grad_()
    with torch.enable_grad():
        loss = across.loss_of(whole, targets)
        (gradient,) = torch.autograd.grad(loss.sum, whole)
    own = list(torch.split(gradient[places], [len(piece) for piece in pieces]))
    told = (float(loss.sum.detach()), loss.weight) if world.leads else (0.0, 0.0)
    return Pulled(*told, own)
