-- What scripts in Neovim share: the plugin of this repository on 'runtimepath', and waiting for a condition.
local M = {}

function M.say(...)
  io.stdout:write(string.format(...) .. '\n')
end

--- Wait for a condition; give up, saying for what and what was said meanwhile.
function M.await(what, seconds, condition)
  if not vim.wait(seconds * 1000, condition, 20) then
    M.say('gave up waiting for %s', what)
    M.say('%s', vim.api.nvim_exec2('messages', { output = true }).output)
    M.say('%s', table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n'))
    os.exit(1)
  end
end

--- Load the plugin as a person's configuration does.
---@param options table
function M.load(options)
  vim.g.agent_orchestrator = vim.tbl_extend('force', { cmd = { vim.env.AO, 'lsp' } }, options)
  vim.opt.runtimepath:prepend(vim.env.PLUGIN)
  vim.cmd('filetype plugin indent on')
  vim.cmd('syntax on')
  vim.cmd('runtime plugin/agent_orchestrator.lua')
end

--- Has the daemon the project, trusted?
function M.is_trusted()
  local client = require('agent_orchestrator.client')
  local given = { command = 'ao.projects', arguments = {} }
  local answer = client.wait('workspace/executeCommand', given)
  local project = answer and answer.projects[1]
  if project and not project.trusted then
    client.wait('workspace/executeCommand', { command = 'ao.trust', arguments = { { project = project.id } } })
  end
  return project ~= nil and project.trusted
end

return M
