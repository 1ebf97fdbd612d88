--- Agent Orchestrator in Neovim. Nothing has to be called for it to work; see `:help agent-orchestrator`.
local M = {}

--- Carry out `:Ao {name} {...}`.
---@param name string A subcommand, as in `:Ao`.
---@param args? string[]
function M.run(name, args)
  require('agent_orchestrator.commands').call(name, { args = args or {}, text = table.concat(args or {}, ' ') })
end

--- A component for a status line: what needs you, what is at work, what is red. Empty without a server.
--- In 'statusline': `%{v:lua.require'agent_orchestrator'.statusline()}`.
---@return string
function M.statusline()
  local state = require('agent_orchestrator.state')
  if #vim.lsp.get_clients({ name = 'agent_orchestrator' }) == 0 then
    return ''
  end
  local needs, works = 0, 0
  for _, row in ipairs(state.rows) do
    if state.needs_you(row) then
      needs = needs + 1
    elseif row.state == 'working' then
      works = works + 1
    end
  end
  local parts = {}
  for _, part in ipairs({ { needs, 'need you' }, { works, 'at work' }, { state.failures, 'red' } }) do
    if part[1] > 0 then
      table.insert(parts, ('%d %s'):format(part[1], part[2]))
    end
  end
  return #parts > 0 and 'ao: ' .. table.concat(parts, ', ') or 'ao'
end

--- The open sessions, as the daemon said last.
---@return ao.SessionRow[]
function M.sessions()
  return vim.deepcopy(require('agent_orchestrator.state').rows)
end

return M
