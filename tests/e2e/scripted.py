"""The scripted agent: looks its failures up in a table, and does what stands there for this attempt.

``python -S scripted.py <folder>``. ``<folder>/plan.json`` is a list of ``[part of a failure's name, [turn, …]]``; a
turn is a list of steps, and the last turn is done again by later attempts. What the agent was told is kept, one JSON
line a turn, in ``<folder>/told.jsonl``.

Steps: ``replace path old new`` · ``write path text`` · ``append path text`` · ``delete path`` · ``say text`` ·
``exit code`` · ``hang`` · ``shell command``.
"""

import json
import os
import sys


def main(folder):
    with open(os.environ["AO_TASK_FILE"], encoding="utf-8") as file:
        task = json.load(file)
    with open(os.path.join(folder, "told.jsonl"), "a", encoding="utf-8") as file:
        file.write(json.dumps({**task, "prompt": sys.stdin.read()}) + "\n")
    with open(os.path.join(folder, "plan.json"), encoding="utf-8") as file:
        plan = json.load(file)
    names = [failure["test"] or f"{failure['rule']}@{failure['file']}" for failure in task["failures"]]
    names = names or [task["title"]]
    code = 0
    for part, turns in plan:
        # A whole test id means that test alone: ``test_add`` would else be found in ``test_add_more``.
        if any(part == name if "::" in part else part in name for name in names):
            for step in turns[min(task["attempt"], len(turns)) - 1]:
                code = STEPS[step[0]](*step[1:]) or code
    print(f"did what the plan says for {', '.join(names)}")
    return code


def replace(path, old, new):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if old not in text:
        print(f"{path} does not hold {old!r}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(old, new, 1))


def write(path, text, mode="w"):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, mode, encoding="utf-8") as file:
        file.write(text)


def hang():
    import signal

    print("thinking for ever", flush=True)
    while True:
        signal.pause()


def leave(code):
    # The last words of a process that failed are what a person reads.
    print(f"gives up with {code}", flush=True)
    os._exit(code)


STEPS = {
    "replace": replace,
    "write": write,
    "append": lambda path, text: write(path, text, "a"),
    "delete": os.unlink,
    "say": print,
    "exit": leave,
    "hang": hang,
    "shell": lambda command: None if os.system(command) == 0 else print(f"failed: {command}"),
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
