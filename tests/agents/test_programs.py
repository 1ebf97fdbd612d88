"""Each real program, told by a scripted model what to do, edits a file of a worktree and commits.

What is held here is what everything else builds on: how to start each program without its user's own settings, without
a dialog and without another network than the model's, and that our model is one to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

KEY = "sk-dummy-0123456789abcdef0123456789"
COMMIT = "git commit -qam 'Fix add'"
DONE = "Fixed and committed."
PATCH = """apply_patch <<'EOF'
*** Begin Patch
*** Update File: calc.py
@@
-    return a - b
+    return a + b
*** End Patch
EOF"""


@frozen
class Start:
    """How a program is started: arguments, the environment beside PATH and HOME, files of the home, standard input."""

    argv: list[str]
    env: Mapping[str, str]
    files: Mapping[str, str] = {}
    stdin: str = ""


def claude(place: Any, prompt: str) -> Start:
    home = place.home
    config = {
        "hasCompletedOnboarding": True,
        "customApiKeyResponses": {"approved": [KEY[-20:]], "rejected": []},
        "projects": {str(place.main): {"hasTrustDialogAccepted": True}},
    }
    return Start(
        argv=["-p", "--permission-mode", "acceptEdits", "--allowedTools", "Bash(git *)", "--output-format", "json"],
        env={
            "ANTHROPIC_BASE_URL": place.url,
            "ANTHROPIC_API_KEY": KEY,
            "CLAUDE_CONFIG_DIR": f"{home}/.claude",
            "CLAUDE_CODE_TMPDIR": f"{home}/tmp",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
            "DISABLE_TELEMETRY": "1",
            "DISABLE_ERROR_REPORTING": "1",
        },
        files={".claude/.claude.json": json.dumps(config)},
        stdin=prompt,
    )


def codex(place: Any, prompt: str) -> Start:
    git = place.main / ".git"
    # A worktree's git folder is read-only in the sandbox, but for what a commit writes.
    written = [str(git / name) for name in (f"worktrees/{place.tree.name}", "objects", "refs", "logs")]
    config = f"""
model = "mock-model"
model_provider = "mock"
approval_policy = "never"
sandbox_mode = "workspace-write"
check_for_update_on_startup = false
[analytics]
enabled = false
[sandbox_workspace_write]
writable_roots = {json.dumps(written)}
[model_providers.mock]
name = "mock"
base_url = "{place.url}/v1"
env_key = "MOCK_API_KEY"
wire_api = "responses"
request_max_retries = 1
stream_max_retries = 1
[projects."{place.main}"]
trust_level = "trusted"
"""
    return Start(
        argv=["exec", "--json", prompt],
        env={"CODEX_HOME": f"{place.home}/.codex", "MOCK_API_KEY": KEY},
        files={".codex/config.toml": config},
    )


def opencode(place: Any, prompt: str) -> Start:
    limit = {"context": 200000, "output": 8000}
    config = {
        "autoupdate": False,
        "share": "disabled",
        "model": "mock/mock-model",
        "small_model": "mock/mock-model",
        "provider": {
            "mock": {
                "npm": "@ai-sdk/openai-compatible",
                "name": "Mock",
                "options": {"baseURL": f"{place.url}/v1", "apiKey": KEY},
                "models": {"mock-model": {"name": "Mock", "limit": limit, "tool_call": True}},
            }
        },
        "permission": {"edit": "allow", "bash": "allow"},
    }
    return Start(
        argv=["run", "--format", "json"],
        # It would install packages for plugins, 20 MB into each new home.
        env={"OPENCODE_DISABLE_MODELS_FETCH": "1", "npm_config_offline": "true"},
        files={".config/opencode/opencode.json": json.dumps(config)},
        stdin=prompt,
    )


def gemini(place: Any, prompt: str) -> Start:
    settings = {
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False},
        "privacy": {"usageStatisticsEnabled": False},
    }
    return Start(
        argv=["-p", prompt, "--yolo", "-m", "gemini-2.5-flash", "-o", "stream-json"],
        env={"GEMINI_API_KEY": KEY, "GOOGLE_GEMINI_BASE_URL": place.url, "GEMINI_CLI_TRUST_WORKSPACE": "true"},
        files={".gemini/settings.json": json.dumps(settings)},
    )


def kimi(place: Any, prompt: str) -> Start:
    config = f"""
default_model = "mock"
telemetry = false
[providers.mock]
type = "openai"
base_url = "{place.url}/v1"
api_key = "{KEY}"
[models.mock]
provider = "mock"
model = "mock-model"
max_context_size = 200000
"""
    return Start(
        argv=["-p", prompt, "--output-format", "stream-json"], env={}, files={".kimi-code/config.toml": config}
    )


def aider(place: Any, prompt: str) -> Start:
    home = place.home
    model = ["--model", "openai/mock-model", "--edit-format", "diff", "--map-tokens", "0", "--no-show-model-warnings"]
    quiet = ["--no-check-update", "--analytics-disable", "--no-show-release-notes", "--no-pretty", "--yes-always"]
    tidy = ["--no-gitignore", "--chat-history-file", f"{home}/chat", "--input-history-file", f"{home}/input"]
    return Start(
        argv=[*model, *quiet, *tidy, "--message", prompt, "calc.py"],
        env={"OPENAI_API_BASE": f"{place.url}/v1", "OPENAI_API_KEY": KEY},
    )


def calls(*steps: tuple[str, Mapping[str, str]]) -> list[Mapping[str, Any]]:
    return [*({"tool": tool, "input": given} for tool, given in steps), {"text": DONE}]


CLAUDE = calls(
    ("Read", {"file_path": "$CWD/calc.py"}),
    ("Edit", {"file_path": "$CWD/calc.py", "old_string": "a - b", "new_string": "a + b"}),
    ("Bash", {"command": COMMIT, "description": "Commit"}),
)
CODEX = calls(("exec_command", {"cmd": PATCH}), ("exec_command", {"cmd": COMMIT}))
OPENCODE = calls(
    ("read", {"filePath": "$CWD/calc.py"}),
    ("edit", {"filePath": "$CWD/calc.py", "oldString": "a - b", "newString": "a + b"}),
    ("bash", {"command": COMMIT, "description": "Commit"}),
)
GEMINI = calls(
    (
        "replace",
        {
            "file_path": "$CWD/calc.py",
            "old_string": "a - b",
            "new_string": "a + b",
            "instruction": "Add, do not subtract",
        },
    ),
    ("run_shell_command", {"command": COMMIT, "description": "Commit"}),
)
KIMI = calls(
    ("Read", {"path": "$CWD/calc.py"}),
    ("Edit", {"path": "$CWD/calc.py", "old_string": "a - b", "new_string": "a + b"}),
    ("Bash", {"command": COMMIT}),
)
# It has no tools: it reads the edit from the text, and commits by itself.
EDIT = "calc.py\n```python\n<<<<<<< SEARCH\n    return a - b\n=======\n    return a + b\n>>>>>>> REPLACE\n```\n"
AIDER = [{"text": EDIT + DONE}]

PROGRAMS: list[tuple[str, str, Callable[[Any, str], Start], list[Any], str]] = [
    ("claude-code-2.1.330", "claude", claude, CLAUDE, "anthropic"),
    ("claude-code-2.1.197", "claude", claude, CLAUDE, "anthropic"),
    ("codex-0.169.0", "codex", codex, CODEX, "responses"),
    ("opencode-1.18.33", "opencode", opencode, OPENCODE, "chat"),
    ("gemini-0.61.0", "gemini", gemini, GEMINI, "gemini"),
    ("kimi-2.1.0", "kimi", kimi, KIMI, "chat"),
    ("aider-0.86.2", "aider", aider, AIDER, "chat"),
]


def test_what_is_installed_is_what_is_tried():
    setup = (Path(__file__).parent / "setup.sh").read_text()
    rows = re.findall(r"^ +(\S+) +([\d.]+) +(?:npm|pypi) +\S+ +(\S+) +\S+$", setup, re.MULTILINE)
    assert [(f"{name}-{version}", command) for name, version, command in rows] == [row[:2] for row in PROGRAMS]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "command", "recipe", "script", "spoken"), PROGRAMS, ids=[name for name, *_ in PROGRAMS]
)
def test_a_program_does_what_the_model_says(
    place: Any,
    program: Callable[[str, str], Path],
    name: str,
    command: str,
    recipe: Callable[[Any, str], Start],
    script: list[Any],
    spoken: str,
):
    binary = program(name, command)
    prompt = f"Make add add, résumé 漢字 🎉:\n\ttabbed\n\n/slash !bang @at\nMOCK{json.dumps(script)}"
    start = recipe(place, prompt)
    for file, text in start.files.items():
        place.write(file, text)

    ended = place.run([str(binary), *start.argv], start.env, start.stdin)

    trouble = json.dumps({"out": ended.stdout[-3000:], "err": ended.stderr[-3000:], "seen": place.seen[-2:]}, indent=1)
    assert place.git("show", "HEAD:calc.py").endswith("return a + b\n"), trouble
    assert ended.returncode == 0, trouble
    assert DONE in ended.stdout
    assert place.git("rev-list", "--count", "main..HEAD") == "1\n"
    assert place.git("status", "--porcelain") == ""
    assert place.git("-C", str(place.main), "status", "--porcelain") == ""
    scripted = [request for request in place.seen if request.get("step") is not None]
    assert [request["step"] for request in scripted] == list(range(len(script)))
    assert prompt in "\n".join(scripted[0]["said"])
    assert {request["format"] for request in scripted} == {spoken}
    assert all({"x-api-key", "authorization", "x-goog-api-key"} & set(request["headers"]) for request in scripted)
