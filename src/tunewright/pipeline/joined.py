"""One job of many processes, as its user sees it: one voice, one exit status."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch.distributed as dist

from tunewright.errors import FailedElsewhere, RunError, TunewrightError
from tunewright.training.world import World

__all__ = ["joined"]

_LOST = ("connection closed", "connection reset", "connection refused", "broken pipe", "socket", "timed out waiting")
_SECONDS = 5.0


@contextlib.contextmanager
def joined() -> Iterator[World]:
    """The world of this process while work is shared. Of an error, the process where it arose first speaks alone.

    Raises:
        FailedElsewhere: another process went wrong first; it has said why.
        RunError: another process is gone without a word.
    """
    world = World.join()
    if world.notices is None:
        yield world
        return
    try:
        yield world
    except FailedElsewhere:
        raise
    except TunewrightError as error:
        _end_unless_first(world, error.exit_code, error)
        raise
    except Exception as error:
        if not _is_loss_of_a_peer(error):
            _end_unless_first(world, 1, error)
            raise
        _end_unless_first(world, 1, error, seconds=_SECONDS)
        raise RunError(
            f"Process {world.rank} of {world.size} lost the others: {str(error).splitlines()[0][:200]}\n"
            "  One of them was killed, or a machine cannot be reached any more. What was saved until now stands; go on "
            "with the same command and --resume"
        ) from None


def _end_unless_first(world: World, exit_code: int, error: BaseException, seconds: float = 0.0) -> None:
    """Leave in silence if another process has an error to show, or if the one that keeps the board is gone.

    Args:
        world: the processes.
        exit_code: of this process's own error.
        error: this process's own.
        seconds: how long to wait for another one's, where this one's may well be its consequence.
    """
    notices = world.notices
    if notices is None:
        return
    try:
        failed = notices.failure(within=seconds)
        if failed is None and notices.claim_failure(exit_code):
            return
        failed = failed or notices.failure()
    except (dist.DistError, RuntimeError, OSError):  # its process has ended, and has spoken for the job
        if world.leads:
            return
        raise FailedElsewhere(0, exit_code) from None
    if failed is not None and failed.rank != world.rank:
        raise FailedElsewhere(failed.rank, failed.exit_code) from error


def _is_loss_of_a_peer(error: Exception) -> bool:
    """Whether a message between processes did not arrive, rather than this process doing something wrong."""
    text = str(error).lower()
    return isinstance(error, dist.DistError) or (
        isinstance(error, RuntimeError) and any(sign in text for sign in _LOST)
    )
