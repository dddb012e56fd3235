"""Starts of the command line and of Python that skip the imports: a process that has them forks one for each.

    with warm(folder) as commands:
        subprocess.run(["bash", "-c", "tunewright check a.yaml"], env={"PATH": f"{commands}:...", ...})

`commands` holds a `tunewright` and a `python` that behave as the real ones do (arguments, folder, environment, streams,
signals, exit status), but begin in a process where torch, transformers and tunewright stand ready: four seconds of CPU
less each, and so does what they start themselves. What an import at the start reads of the environment, they have read
before.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

__all__ = ["warm"]

READY = ("tunewright.cli.train", "tunewright.pipeline", "tunewright.evaluation.quality", "transformers", "peft")
PYTHON = sys.executable
CLIENT = """#!{python} -IS
import json, os, signal, socket, sys
call = {{"name": {name!r}, "words": sys.argv[1:], "folder": os.getcwd(), "environment": dict(os.environ)}}
call["python"] = os.path.join(os.path.dirname(os.path.abspath(__file__)), "python")
with socket.socket(socket.AF_UNIX) as link:
    link.connect({address!r})
    said = json.dumps(call).encode()
    socket.send_fds(link, [len(said).to_bytes(8, "big")], [0, 1, 2])
    link.sendall(said)
    process = int.from_bytes(link.recv(8), "big")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, _: os.kill(process, number))
    status = link.recv(8)
status = int.from_bytes(status, "big", signed=True) if status else 1
if status < 0:
    signal.signal(-status, signal.SIG_DFL)
    os.kill(os.getpid(), -status)
os._exit(status)
"""


@contextlib.contextmanager
def warm(folder: Path) -> Iterator[Path]:
    """A folder of commands that start at once, as long as the block lasts."""
    address, commands = folder / "s", folder / "commands"
    commands.mkdir(parents=True)
    for name in ("tunewright", "python"):
        client = commands / name
        client.write_text(CLIENT.format(python=PYTHON, name=name, address=str(address)), encoding="utf-8")
        client.chmod(0o755)
    server = subprocess.Popen([PYTHON, __file__, str(address)], stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        yield commands
    finally:
        server.terminate()
        server.wait()


def _serve(address: str) -> None:
    """Fork a process for each call, until ended."""
    for module in READY:
        importlib.import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who look after a command
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen()
        print("ready", flush=True)
        while True:
            link, _ = door.accept()
            if os.fork() == 0:
                door.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _look_after(link)
            link.close()


def _look_after(link: socket.socket) -> NoReturn:
    """Start the command of a call and tell how it ended."""
    length, streams, _, _ = socket.recv_fds(link, 8, 3)
    said = b""
    while len(said) < int.from_bytes(length, "big"):
        said += link.recv(1 << 16)
    process = os.fork()
    if process == 0:
        link.close()
        _become(json.loads(said), streams)
    link.sendall(process.to_bytes(8, "big"))
    _, ended = os.waitpid(process, 0)
    with contextlib.suppress(BrokenPipeError):
        link.sendall(os.waitstatus_to_exitcode(ended).to_bytes(8, "big", signed=True))
    os._exit(0)


def _become(call: dict[str, Any], streams: list[int]) -> NoReturn:
    """Be the command that was called, to the end."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(call["environment"])
    os.chdir(call["folder"])
    sys.path[:0] = filter(None, call["environment"].get("PYTHONPATH", "").split(os.pathsep))
    importlib.invalidate_caches()
    # what it starts by itself, a fresh process that opens `model/` or a worker of `--processes`, begins as quickly
    sys.executable = call["python"]
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
    status: Any = 1
    try:
        status = _command(call["name"], call["words"])
    except SystemExit as error:
        status = error.code
    except BaseException:
        traceback.print_exc()
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    if isinstance(status, str):
        os.write(2, f"{status}\n".encode())
    os._exit(status if isinstance(status, int) else int(status is not None))


def _command(name: str, words: list[str]) -> int:
    if name == "tunewright":
        sys.argv = [name, *words]
        return int(importlib.import_module("tunewright.cli").main(words))
    if words[0].startswith("-") and words[0] not in ("-c", "-m"):  # an option: the real one knows it
        os.execv(PYTHON, [PYTHON, *words])
    if words[0] == "-m":
        sys.argv = words[1:]
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        return 0
    if words[0] != "-c":
        sys.argv = words
        runpy.run_path(words[0], run_name="__main__")
        return 0
    sys.argv = ["-c", *words[2:]]
    sys.path.insert(0, "")
    exec(compile(words[1], "<string>", "exec"), {"__name__": "__main__"})
    return 0


if __name__ == "__main__":
    _serve(sys.argv[1])
