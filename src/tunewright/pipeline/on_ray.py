"""A training on a Ray cluster, through Ray Train: the same processes, started by Ray on whichever machines it has."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

from torch.distributed import Store, TCPStore  # type: ignore[attr-defined]

from tunewright.errors import FailedElsewhere, MissingExtraError, ResourceError, RunError, TunewrightError
from tunewright.pipeline.run import Run
from tunewright.pipeline.stages import train
from tunewright.recipe import Recipe
from tunewright.records import RunFolder
from tunewright.training.observer import Observer, Silent
from tunewright.training.signals import StopRequest
from tunewright.training.step import Update

__all__ = ["train_on_ray"]

_PAUSE = 0.1
_STOP = "stop"


def train_on_ray(
    recipe: Recipe, workers: int, *, resume: bool = False, overwrite: bool = False, observer: Observer | None = None
) -> Run:
    """Run a recipe on the cluster that RAY_ADDRESS names, or on one that is started on this machine.

    The files of data and model, and the run's folder, must be seen by all machines under the same paths. Ray's own
    usage statistics are switched off.

    Raises:
        MissingExtraError: Ray is not installed.
        ResourceError: the cluster has fewer places than workers.
    """
    if importlib.util.find_spec("ray") is None:
        raise MissingExtraError("Training on a Ray cluster", "ray", "ray")
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_TRAIN_ENABLE_STATE_TRACKING", "0")
    ray = importlib.import_module("ray")
    ray_train, ray_torch = importlib.import_module("ray.train"), importlib.import_module("ray.train.torch")
    folder = RunFolder(Path(str(recipe.output or "runs/run")).absolute())
    with _cluster(ray) as places, tempfile.TemporaryDirectory(prefix="ray-results-") as results:
        gpus = places.get("GPU", 0) > 0
        room = int(places.get("GPU" if gpus else "CPU", 0))
        if workers > room:
            what = "GPUs" if gpus else "CPUs"
            raise ResourceError(f"The Ray cluster has {room} {what}, and {workers} processes are asked for.")
        board = TCPStore("0.0.0.0", 0, is_master=True, wait_for_workers=False, timeout=timedelta(minutes=30))
        job = {
            "recipe": recipe.absolute().model_dump(mode="json") | {"output": str(folder.path)},
            "address": ray.util.get_node_ip_address(), "port": board.port, "resume": resume, "overwrite": overwrite,
        }  # fmt: skip
        trainer = ray_torch.TorchTrainer(
            _share,
            train_loop_config=job,
            torch_config=ray_torch.TorchConfig(backend="cpu:gloo,cuda:nccl" if gpus else "gloo"),
            scaling_config=ray_train.ScalingConfig(num_workers=workers, use_gpu=gpus),
            run_config=ray_train.RunConfig(storage_path=results),
        )
        _wait(trainer, board, observer or Silent())
    return Run(folder)


@contextlib.contextmanager
def _cluster(ray: Any) -> Iterator[Mapping[str, float]]:
    """A connection to the cluster; answers what it has. One that was there before stays."""
    begun = not ray.is_initialized()
    if begun and os.environ.get("RAY_ADDRESS"):
        ray.init(logging_level="ERROR", log_to_driver=False)
    elif begun:
        ray.init(logging_level="ERROR", log_to_driver=False, include_dashboard=False)
    try:
        yield ray.cluster_resources()
    finally:
        if begun:
            ray.shutdown()


def _wait(trainer: Any, board: Store, observer: Observer) -> None:
    """Let the training run, tell what it tells, and pass a signal on; the second one ends it at once."""
    failed: list[BaseException] = []

    def work() -> None:
        try:
            trainer.fit()
        except Exception as error:  # shown below, in the thread that can
            failed.append(error)

    thread = threading.Thread(target=work, daemon=True)  # outside of the main thread Ray leaves signals alone
    with _signals(board):
        thread.start()
        told = 0
        while thread.is_alive():
            told = _retell(board, observer, told)
            time.sleep(_PAUSE)
        _retell(board, observer, told)
    if failed:
        raise _cause(failed[0])


@contextlib.contextmanager
def _signals(board: Store) -> Iterator[None]:
    asked: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        if asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        asked.append(number)
        board.set(_STOP, str(number))

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _cause(error: BaseException) -> BaseException:
    """The error that a worker ended with, as it would be without Ray."""
    for _, found in sorted(getattr(error, "worker_failures", {}).items()):
        if isinstance(found, TunewrightError) and not isinstance(found, FailedElsewhere):
            return found
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return RunError(
        f"The training on Ray failed: {lines[-1][:300]}\n"
        "  Ray's own log is in /tmp/ray/session_latest/logs. What was saved until now stands; go on with --resume"
    )


def _share(job: dict[str, Any]) -> None:
    """What each of Ray's workers does."""
    board = TCPStore(job["address"], job["port"], is_master=False, wait_for_workers=False)
    stop = StopRequest()
    threading.Thread(target=_listen, args=(board, stop), daemon=True).start()
    # the process that fails first raises its error; the others have nothing to add to it
    with contextlib.suppress(FailedElsewhere):
        recipe = Recipe(**job["recipe"])
        train(recipe, resume=job["resume"], overwrite=job["overwrite"], observer=_Messenger(board), stop=stop)


def _listen(board: Store, stop: StopRequest) -> None:
    """Hand on the signal that reached the command; a worker trains outside of its main thread, which signals need."""
    with contextlib.suppress(RuntimeError):  # the command has ended
        while not board.check([_STOP]):
            time.sleep(_PAUSE)
        stop.signal_number = int(board.get(_STOP))


class _Messenger:
    """An observer that leaves word on the board for the one that people see."""

    def __init__(self, board: Store) -> None:
        self._board, self._told = board, 0

    def _tell(self, what: str, *given: Any) -> None:
        self._board.set(f"told {self._told}", json.dumps([what, given]))
        self._told += 1

    def phase(self, title: str) -> None:
        self._tell("phase", title)

    def progress(self, done: int, total: int) -> None:
        """Not worth a message for every row."""

    def note(self, text: str) -> None:
        self._tell("note", text)

    def training_starts(self, done: int, total: int) -> None:
        self._tell("training_starts", done, total)

    def step(self, step: int, epoch: float, update: Update, learning_rate: float) -> None:
        self._tell("step", step, epoch, asdict(update), learning_rate)

    def validation(self, step: int, metrics: Mapping[str, float], name: str, best: bool) -> None:
        self._tell("validation", step, dict(metrics), name, best)

    def training_ends(self) -> None:
        self._tell("training_ends")


def _retell(board: Store, observer: Observer, told: int) -> int:
    """Pass on what the first worker has said since; answers how much that is by now."""
    while board.check([f"told {told}"]):
        what, given = json.loads(board.get(f"told {told}"))
        if what == "step":
            given[2] = Update(**given[2])
        getattr(observer, what)(*given)
        board.delete_key(f"told {told}")
        told += 1
    return told
