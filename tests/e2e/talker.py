"""A program that is talked to, and its adapter: for what the engine does with any such program.

``python -S talker.py``: one JSON object a line on both streams. What it is told holds a script, a line ``DO [[step, …],
…]``; a message without one is only accepted and done.

Steps: ``write path text`` · ``edit path text`` (says so as programs do) · ``commit`` · ``ask id action subject`` ·
``question id text`` · ``until path`` (works until the file exists) · ``exit code`` · ``say text`` · ``linger`` (does
not end at the end of its input) · ``use tokens`` · ``guest path`` (somebody has joined until the file exists) ·
``typed text`` (by who has joined) · ``stop`` (by them).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time


class Talker:
    """The program."""

    def __init__(self) -> None:
        self.inbox: list[dict] = []
        self.deaf = bool(os.environ.get("TALKER_DEAF"))
        self.lingers = False
        self.arrived = threading.Condition()

    def read(self) -> None:
        for line in sys.stdin:
            with self.arrived:
                self.inbox.append(json.loads(line))
                self.arrived.notify_all()
        with self.arrived:
            self.inbox.append({"end": True})
            self.arrived.notify_all()

    def take(self, kind: str) -> dict:
        """The next thing of a kind, or an interrupt, or the end."""
        with self.arrived:
            while True:
                for message in self.inbox:
                    if kind in message or "interrupt" in message or "end" in message:
                        self.inbox.remove(message)
                        return message
                self.arrived.wait()

    def run(self) -> None:
        threading.Thread(target=self.read, daemon=True).start()
        if os.environ.get("TALKER_NEVER_READY"):
            self.take("nothing")
        tell(ready="conversation-1")
        while True:
            message = self.take("say")
            if "end" in message:
                while self.lingers:
                    time.sleep(0.05)
                return
            if "interrupt" in message:
                tell(interrupted=True)
            elif not self.deaf:
                tell(accepted=message["say"], text=message["text"])
                tell(interrupted=True) if self.do(message["text"]) == "interrupted" else tell(done="as told")

    def do(self, text: str) -> str:
        scripts = [line[3:] for line in text.splitlines() if line.startswith("DO ")]
        for step in json.loads(scripts[0]) if scripts else ():
            tell(working=" ".join(map(str, step[:2])))
            if getattr(self, f"step_{step[0]}")(*step[1:]) == "interrupted":
                return "interrupted"
        return ""

    def step_write(self, path: str, text: str) -> None:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def step_delete(self, path: str) -> None:
        os.unlink(path)

    def step_edit(self, path: str, text: str) -> None:
        tell(working=f"Edit: {path}")
        self.step_write(path, text)

    def step_commit(self) -> None:
        subprocess.run(["git", "commit", "-qam", "as told"], check=True)

    def step_ask(self, id: str, action: str, subject: str) -> str:
        tell(ask=id, action=action, subject=subject)
        answer = self.take("answer")
        tell(answered=id, option=answer.get("option", ""), text=answer.get("text", ""))
        return "interrupted" if "interrupt" in answer else ""

    def step_question(self, id: str, text: str) -> None:
        tell(question=id, text=text)
        answer = self.take("answer")
        tell(answered=id, option=answer.get("option", ""), text=answer.get("text", ""))

    def step_until(self, path: str) -> str:
        while not os.path.exists(path):
            with self.arrived:
                if any("interrupt" in message for message in self.inbox):
                    self.inbox = [message for message in self.inbox if "interrupt" not in message]
                    return "interrupted"
                for message in [message for message in self.inbox if "say" in message]:
                    self.inbox.remove(message)
                    tell(accepted=message["say"], text=message["text"])
                self.arrived.wait(0.02)
        return ""

    def step_linger(self) -> None:
        self.lingers = True

    def step_exit(self, code: int) -> None:
        os._exit(code)

    def step_say(self, text: str) -> None:
        sys.stdout.write(text + "\n")

    def step_guest(self, path: str) -> None:
        tell(joined=True)
        threading.Thread(target=self.watch, args=(path,), daemon=True).start()

    def watch(self, path: str) -> None:
        while not os.path.exists(path):
            time.sleep(0.02)
        tell(joined=False)

    def step_typed(self, text: str) -> None:
        tell(typed=text)

    def step_stop(self) -> str:
        return "interrupted"

    def step_use(self, tokens: int) -> None:
        tell(used=tokens)


def tell(**what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    Talker().run()
