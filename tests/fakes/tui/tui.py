"""A double of Claude Code on its screen: what it does with keys, and what its hooks tell. See README.md.

``python -S tui.py [--settings FILE] [--session-id ID | --resume ID] [--permission-mode MODE] [--model NAME] [PROMPT]``

What it is told may hold a script, a line ``DO [[step, …], …]``. Steps: ``tool seconds`` (a tool runs so long) · ``until
path`` (one runs until the file exists) · ``ask tool command`` · ``editor path`` (another program has the terminal until
the file exists) · ``exit code``. Environment: ``TUI_LOG`` (what happened, a line of JSON each), ``TUI_TRUST`` (it asks
at its start whether the folder is trusted).
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import termios
import time
import tty

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from box import Box

IDLE, BUSY, DIALOG, TRUST = "idle", "busy", "dialog", "trust"
#: Seconds from the end of a permission's hook until its dialog takes keys.
DRAWN = 0.3
KEYS = re.compile(rb"\x1b\[200~(.*?)\x1b\[201~|(\x1b\[[0-9;?]*[A-Za-z])|(\x1b)|(\r)|([^\x1b\r]+)", re.DOTALL)
#: A character or the beginning of a paste that is not whole.
CUT = re.compile(rb"(\x1b\[(20?0?)?|[\xc0-\xff]|[\xe0-\xff][\x80-\xbf]|[\xf0-\xff][\x80-\xbf]{2})$")
OPEN_PASTE = re.compile(rb"\x1b\[200~(?!.*\x1b\[201~)", re.DOTALL)


class Tui:
    """The program."""

    def __init__(self, given: dict[str, str], prompt: str) -> None:
        with open(given["settings"], encoding="utf-8") as file:
            self.hooks = json.load(file).get("hooks", {})
        self.id = given.get("resume") or given.get("session-id") or "no-id"
        self.source = "resume" if "resume" in given else "startup"
        self.mode = given.get("permission-mode", "default")
        self.prompt = prompt
        self.box = Box()
        self.state = IDLE
        self.queue: list[str] = []
        self.inbox = b""
        self.key = ""
        self.calls = 0
        self.drawn_at = 0.0

    # What it tells

    def log(self, **what: object) -> None:
        with open(os.environ["TUI_LOG"], "a", encoding="utf-8") as file:
            file.write(json.dumps({"pid": os.getpid(), "state": self.state, **what}) + "\n")

    def show(self, text: str) -> None:
        os.write(1, text.encode())

    def title(self, sign: str) -> None:
        self.show(f"\x1b]0;{sign} Claude Code\x07")

    def hook(self, name: str, **more: object) -> None:
        payload = {
            "session_id": self.id,
            "transcript_path": f"/nonexistent/{self.id}.jsonl",
            "cwd": os.getcwd(),
            "permission_mode": self.mode,
            "hook_event_name": name,
            **more,
        }
        for entry in self.hooks.get(name, ()):
            for one in entry["hooks"]:
                # As the real one: through a shell; it waits for it, and takes keys meanwhile.
                with subprocess.Popen(["/bin/sh", "-c", one["command"]], stdin=subprocess.PIPE) as process:
                    process.stdin.write(json.dumps(payload).encode())
                    process.stdin.close()
                    ended = os.pidfd_open(process.pid)
                    while not self.read(None, ended):
                        continue
                    os.close(ended)

    # What it is typed

    def read(self, seconds: float | None, until: int = 0) -> bool:
        """Take a burst of keys, if one comes within so many seconds. Returns whether ``until`` is ready."""
        ready = select.select([0, until], [], [], seconds)[0]
        if 0 in ready:
            burst = os.read(0, 1 << 16)
            if not burst:
                self.leave("other", 129)
            self.take(burst)
        return until in ready

    def take(self, burst: bytes) -> None:
        """What was typed at once; what is not whole yet waits for the rest."""
        self.inbox += burst
        if OPEN_PASTE.search(self.inbox):
            return
        whole = CUT.sub(b"", self.inbox)
        data, self.inbox = whole, self.inbox[len(whole) :]
        # Invariant: an Enter that comes with text in one burst is a part of the text, and is lost.
        alone = data == b"\r"
        for paste, sequence, escape, enter, text in KEYS.findall(data):
            if escape:
                self.escape()
            elif enter:
                self.enter() if alone else self.log(swallowed="enter")
            elif text:
                self.text(text.decode(errors="replace"))
            elif not sequence:
                self.paste(paste.decode(errors="replace"))

    @property
    def asks(self) -> bool:
        return self.state == DIALOG and time.monotonic() >= self.drawn_at

    def paste(self, text: str) -> None:
        if self.state == TRUST or self.asks:
            self.log(lost=text)
        else:
            self.box.paste(text)

    def text(self, text: str) -> None:
        if self.state == TRUST or self.asks:
            self.key = text
            if text not in ("1", "2", "3"):
                self.log(lost=text)
        else:
            self.box.type(text)

    def escape(self) -> None:
        self.key = "escape"
        if self.state == IDLE and self.box.empty:
            self.log(menu="rewind")

    def enter(self) -> None:
        if self.state == TRUST or self.asks:
            self.log(approved_by="enter")
            self.key = "1"
        elif self.box.completes:
            self.log(swallowed="completion")
            self.box.complete()
        else:
            self.submit(self.box.take())

    def submit(self, text: str) -> None:
        if text.startswith("/"):
            self.log(command=text)
        elif text.startswith("!"):
            self.log(shell=text)
        elif text.strip():
            self.hook("UserPromptSubmit", prompt=text)
            self.log(told=text)
            self.queue.append(text)

    # What it does

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, _: self.leave("other", 128 + number))
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        tty.setraw(0, termios.TCSANOW)
        self.show("\x1b[?2004h")
        if os.environ.get("TUI_TRUST"):
            self.trust()
        self.log(started=sys.argv[1:])
        self.hook("SessionStart", source=self.source, model="double")
        self.title("✳")
        if self.prompt:
            self.submit(self.prompt)
        while True:
            while self.queue:
                self.turn(self.queue.pop(0))
            self.read(None)

    def trust(self) -> None:
        self.state = TRUST
        self.show("\x1b[2J\x1b[3;1HDo you trust the files in this folder?\x1b[5;1H❯ 1. No, exit\x1b[6;1H  2. Yes\r\n")
        while self.key not in ("1", "2"):
            self.read(None)
        if self.key == "1":
            self.leave("prompt_input_exit", 1)
        self.state = IDLE

    def turn(self, text: str) -> None:
        self.state, self.key = BUSY, ""
        self.title("◐")
        scripts = [line[3:] for line in text.splitlines() if line.startswith("DO ")]
        done = all(getattr(self, f"step_{step[0]}")(*step[1:]) for step in (json.loads(scripts[-1]) if scripts else ()))
        self.state = IDLE
        self.title("✳")
        if done:
            self.hook("Stop", stop_hook_active=False, last_assistant_message="As told.", background_tasks=[])
        else:
            # Invariant: no hook tells of an interrupt.
            self.log(interrupted=True)

    def tool(self, name: str, command: str) -> dict[str, object]:
        self.calls += 1
        return {"tool_name": name, "tool_input": {"command": command}, "tool_use_id": f"toolu_{self.id}_{self.calls}"}

    def step_until(self, path: str, seconds: float = 1e9) -> bool:
        tool = self.tool("Bash", f"wait for {path}")
        self.hook("PreToolUse", **tool)
        end = time.monotonic() + seconds
        while not os.path.exists(path) and time.monotonic() < end:
            self.read(min(0.02, max(end - time.monotonic(), 0.0)))
            if self.key == "escape":
                return False
        self.hook("PostToolUse", **tool, tool_response={}, duration_ms=1)
        return True

    def step_tool(self, seconds: float) -> bool:
        return self.step_until("/nonexistent/file", seconds)

    def step_ask(self, name: str, command: str) -> bool:
        tool = self.tool(name, command)
        self.hook("PreToolUse", **tool)
        asked = {key: value for key, value in tool.items() if key != "tool_use_id"}
        self.state, self.key, self.drawn_at = DIALOG, "", 1e18
        self.title("✳")
        self.hook("PermissionRequest", **asked, permission_suggestions=[])
        self.drawn_at = time.monotonic() + DRAWN
        self.show(f"\r\nDo you want to run {command}?\r\n❯ 1. Yes\r\n  2. No\r\n")
        while self.key not in ("1", "3", "escape"):
            self.read(None)
        allowed = self.key != "escape"
        self.log(answered=self.key, command_asked=command)
        self.state, self.key = BUSY, ""
        if allowed:
            self.title("◐")
            self.hook("PostToolUse", **tool, tool_response={}, duration_ms=1)
        return allowed

    def step_editor(self, path: str) -> bool:
        """Another program in a process group of its own gets the terminal, as an editor that it opens."""
        with subprocess.Popen(["/bin/sh", "-c", f"until [ -e '{path}' ]; do sleep 0.02; done"], process_group=0) as it:
            os.tcsetpgrp(0, it.pid)
            self.log(editor=it.pid)
            it.wait()
            os.tcsetpgrp(0, os.getpgrp())
        return True

    def step_exit(self, code: int) -> bool:
        os._exit(code)

    def leave(self, reason: str, code: int) -> None:
        self.hook("SessionEnd", reason=reason)
        os._exit(code)


def main() -> None:
    given: dict[str, str] = {}
    words = sys.argv[1:]
    while len(words) > 1 and words[0].startswith("--"):
        given[words[0][2:]] = words[1]
        del words[:2]
    Tui(given, words[0] if words else "").run()


if __name__ == "__main__":
    main()
