--- What a user can set in `vim.g.agent_orchestrator`: a table, or a function that returns one. Read when it is needed.
local M = {}

---@class agent_orchestrator.Opts
---@field cmd? string[] The server. Default: `{ 'ao', 'lsp' }`.
---@field autostart? boolean Start the server for files below an `agent-orchestrator.yaml`. Default: true.
---@field prompts? boolean Show what must be answered at once, when you are in normal mode. Default: true.
---@field keys? boolean Keys in the sessions buffer. Default: true.
---@field window? string Where the sessions buffer opens, as command modifiers. Default: `botright`.

---@class agent_orchestrator.Config
---@field cmd string[]
---@field autostart boolean
---@field prompts boolean
---@field keys boolean
---@field window string

---@type agent_orchestrator.Config
M.DEFAULTS = { cmd = { 'ao', 'lsp' }, autostart = true, prompts = true, keys = true, window = 'botright' }

--- What is wrong with a user's table, a sentence each.
---@param given any
---@return string[]
function M.problems(given)
  if type(given) ~= 'table' then
    return { ('vim.g.agent_orchestrator must be a table or return one, found %s'):format(type(given)) }
  end
  local found = {}
  for key, value in pairs(given) do
    local wanted = M.DEFAULTS[key]
    if wanted == nil then
      local known = vim.tbl_keys(M.DEFAULTS)
      table.sort(known)
      table.insert(found, ('there is no option `%s`; there are %s'):format(key, table.concat(known, ', ')))
    elseif type(value) ~= type(wanted) then
      table.insert(found, ('`%s` must be a %s, found %s'):format(key, type(wanted), type(value)))
    elseif key == 'cmd' and (#value == 0 or type(value[1]) ~= 'string') then
      table.insert(found, '`cmd` must be a list of words, as { "ao", "lsp" }')
    end
  end
  table.sort(found)
  return found
end

--- What the user set, as it is.
---@return any
function M.given()
  local given = vim.g.agent_orchestrator
  if type(given) == 'function' then
    given = given()
  end
  return given == nil and {} or given
end

--- The configuration. What is wrong in it is said once and left out.
---@return agent_orchestrator.Config
function M.get()
  local given = M.given()
  local problems = M.problems(given)
  for _, problem in ipairs(problems) do
    vim.notify_once('agent_orchestrator: ' .. problem, vim.log.levels.WARN)
  end
  if #problems > 0 then
    return M.DEFAULTS
  end
  return vim.tbl_extend('force', M.DEFAULTS, given)
end

return M
