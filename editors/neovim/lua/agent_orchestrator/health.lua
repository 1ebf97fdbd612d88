--- `:checkhealth agent_orchestrator`
local client = require('agent_orchestrator.client')
local config = require('agent_orchestrator.config')
local protocol = require('agent_orchestrator.protocol')

local health = vim.health

local M = {}

--- Milliseconds that a program may take to say its version.
local PATIENCE = 10000

--- The first line that a program prints; nil when it can not be run.
---@param argv string[]
---@return string?
local function says(argv)
  if vim.fn.executable(argv[1]) == 0 then
    return nil
  end
  local done = vim.system(argv, { text = true, timeout = PATIENCE }):wait()
  return done.code == 0 and vim.split(vim.trim(done.stdout or ''), '\n')[1] or nil
end

---@param name string
---@param argv string[]
---@param advice string
local function program(name, argv, advice)
  local version = says(argv)
  if version then
    health.ok(version)
  else
    health.error(('%s can not be run'):format(name), advice)
  end
end

local function look_at_neovim()
  health.start('Neovim')
  if vim.fn.has('nvim-0.10') == 1 then
    health.ok(tostring(vim.version()))
  else
    health.error(tostring(vim.version()), 'Neovim 0.10 or newer is needed')
  end
  local problems = config.problems(config.given())
  for _, problem in ipairs(problems) do
    health.error(problem, 'see :help agent-orchestrator-configuration')
  end
  if #problems == 0 then
    health.ok('the configuration is right')
  end
end

local function look_at_programs()
  health.start('Programs')
  local cmd = config.get().cmd
  program('`' .. cmd[1] .. '`', { cmd[1], '--version' }, 'install ao, or set `cmd` in vim.g.agent_orchestrator')
  program('git', { 'git', '--version' }, 'install git')
  if not says({ 'tmux', '-V' }) then
    health.warn('tmux can not be run', 'agents run without it, but a terminal agent has no screen to attach to')
  else
    health.ok(says({ 'tmux', '-V' }) or '')
  end
end

local LEVELS = { ok = health.ok, warn = health.warn, fail = health.error }

local function look_at_daemon()
  health.start('Daemon')
  local found = client.find()
  if not found then
    return health.info('no server runs in this Neovim; it starts with a file of a project, or with :Ao')
  end
  health.ok(('the server runs for %s'):format(found.root_dir or '?'))
  local answer = client.wait('workspace/executeCommand', { command = protocol.Command.doctor, arguments = {} })
  if not answer then
    return health.error('the daemon does not answer', ':LspLog and `ao daemon status` say more')
  end
  for _, finding in ipairs(answer.findings) do
    local say = LEVELS[finding.level] or health.info
    say(('%s: %s'):format(finding.what, finding.found), finding.advice ~= '' and { finding.advice } or nil)
  end
end

--- Look at everything that has to be right.
function M.check()
  look_at_neovim()
  look_at_programs()
  look_at_daemon()
end

return M
