--- `:Ao {name} {arguments}`.
local M = {}

---@class agent_orchestrator.Given
---@field args string[] The words after the name.
---@field text string The same as it was typed.
---@field bang? boolean

---@class agent_orchestrator.Subcommand
---@field about string
---@field run fun(given: agent_orchestrator.Given)
---@field complete? fun(words: string[]): string[] What the word after `words` can be.

--- By name.
---@return table<string, agent_orchestrator.Subcommand>
function M.all()
  return vim.tbl_extend(
    'error',
    require('agent_orchestrator.commands.fleet'),
    require('agent_orchestrator.commands.pulls'),
    require('agent_orchestrator.commands.session'),
    require('agent_orchestrator.commands.talk')
  )
end

---@return string[]
local function names()
  local found = vim.tbl_keys(M.all())
  table.sort(found)
  return found
end

--- A subcommand; the names of `ao` in a shell, such as `open-pr`, are understood as well.
---@param name string
---@return agent_orchestrator.Subcommand?
local function named(name)
  return M.all()[(name:gsub('%-', '_'))]
end

--- Carry out a subcommand.
---@param name string
---@param given agent_orchestrator.Given
function M.call(name, given)
  local found = named(name)
  if not found then
    local text = ('there is no `:Ao %s`; there are %s'):format(name, table.concat(names(), ', '))
    return require('agent_orchestrator.client').fail(text)
  end
  found.run(given)
end

--- Carry out what was typed; alone, `:Ao` opens the sessions.
---@param typed vim.api.keyset.create_user_command.command_args
function M.run(typed)
  require('agent_orchestrator.windows').mods = typed.mods ~= '' and typed.mods or nil
  M.call(typed.fargs[1] or 'sessions', {
    args = vim.list_slice(typed.fargs, 2),
    text = vim.trim(typed.args:gsub('^%s*%S+', '', 1)),
    bang = typed.bang,
  })
end

--- What can be typed next.
---@param lead string
---@param line string
---@return string[]
function M.complete(lead, line)
  local words = vim.split(vim.trim(line:match('Ao!?%s(.*)$') or ''), '%s+', { trimempty = true })
  if lead ~= '' then
    table.remove(words)
  end
  local found ---@type string[]
  if #words == 0 then
    found = names()
  else
    local subcommand = named(words[1])
    found = subcommand and subcommand.complete and subcommand.complete(vim.list_slice(words, 2)) or {}
  end
  return vim.tbl_filter(function(word)
    return vim.startswith(word, lead)
  end, found)
end

return M
