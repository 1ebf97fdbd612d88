"""The generated TypeScript and Lua are read by the languages themselves."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from agent_orchestrator.protocol.generate import lua, typescript
from agent_orchestrator.protocol.generate.files import ours
from agent_orchestrator.protocol.generate.neutral import protocol_hash

pytestmark = [pytest.mark.slow, pytest.mark.network, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]

#: What an extension does with the module. Each `@ts-expect-error` fails when the line below it is accepted.
USE = """\
import { Command, ErrorCode, PROTOCOL_HASH, SOURCE } from "./protocol.gen";
import type { Commands, DiagnosticData, FailureRow, HuntParams, Notifications, Requests } from "./protocol.gen";

declare function run<C extends Command>(id: C, params: Commands[C]["params"]): Promise<Commands[C]["result"]>;
declare function ask<M extends keyof Requests>(name: M, params: Requests[M]["params"]): Promise<Requests[M]["result"]>;
declare function on<M extends keyof Notifications>(name: M, handler: (params: Notifications[M]) => void): void;

export async function use(data: DiagnosticData): Promise<string> {
  const everything: HuntParams = {};
  const state = await run(Command.hunt, { ...everything, failures: [data.id], dryRun: true });
  const now: number | null | undefined = state.hunt?.redNow;
  const first: FailureRow | undefined = state.hunt?.failures[0];
  const message: string = (await run(Command.send, { session: "s1", text: "go on" })).message;
  await run(Command.projects, undefined);
  on("ao/changed", (changed) => changed.revision.toFixed());
  const rows = (await ask("ao/sessions", { closed: true })).sessions;
  // @ts-expect-error a session is named
  await run(Command.send, { text: "go on" });
  // @ts-expect-error there is no such key
  await run(Command.hunt, { check: ["tests"] });
  // @ts-expect-error there is no such command
  await run("ao.nothing", {});
  // @ts-expect-error it may be unknown
  const certain: number = state.hunt!.redNow;
  return [now, first?.checkoutOnly, message, rows.length, certain, ErrorCode.refused, PROTOCOL_HASH, SOURCE].join();
}
"""

LUA = """\
local protocol = dofile(arg)
for _, name in ipairs({ "Command", "Message", "Method", "ErrorCode" }) do
  for key, value in pairs(protocol[name]) do
    print(name .. "." .. key, value)
  end
end
print("PROTOCOL_HASH", protocol.PROTOCOL_HASH)
print("SOURCE", protocol.SOURCE)
"""

RUN_LUA = """\
const { lua, lauxlib, lualib, to_luastring } = require("fengari");
const L = lauxlib.luaL_newstate();
lualib.luaL_openlibs(L);
lua.lua_pushstring(L, to_luastring(process.argv[1]));
lua.lua_setglobal(L, to_luastring("arg"));
if (lauxlib.luaL_dostring(L, to_luastring(process.argv[2])) !== lua.LUA_OK) {
  console.error(lua.lua_tojsstring(L, -1));
  process.exitCode = 1;
}
"""


def test_the_typescript_compiler_accepts_right_uses_and_refuses_wrong_ones(node_modules: Path, tmp_path: Path):
    (tmp_path / "protocol.gen.ts").write_text((ROOT / typescript.FILE).read_text())
    (tmp_path / "use.ts").write_text(USE)
    compiler = [node_modules / ".bin" / "tsc", "--strict", "--noEmit", "--target", "es2022"]
    ended = subprocess.run([*compiler, "use.ts"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, "")


def test_lua_loads_the_module_and_finds_every_id(node_modules: Path):
    env = {**os.environ, "NODE_PATH": str(node_modules)}
    command = ["node", "-e", RUN_LUA, ROOT / lua.FILE, LUA]
    ended = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    found = dict(line.split("\t") for line in ended.stdout.splitlines())
    protocol = ours()
    assert found == {
        **{f"Command.{c.key}": c.name for c in protocol.commands},
        **{f"Message.{c.key}": c.name for c in protocol.messages},
        **{f"Method.{c.key}": c.name for c in protocol.methods},
        **{f"ErrorCode.{e.key}": str(e.value) for e in protocol.errors},
        "PROTOCOL_HASH": protocol_hash(protocol),
        "SOURCE": "ao:",
    }
