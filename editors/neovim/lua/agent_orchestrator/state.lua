--- What the daemon said last: the sessions as rows, and how many failures are shown. Kept up to date by `ao/changed`.
local client = require('agent_orchestrator.client')
local protocol = require('agent_orchestrator.protocol')

local M = {}

--- Milliseconds between two looks at the sessions; changes in between are collected.
local PACE = 200

---@type ao.SessionRow[]
M.rows = {}
M.failures = 0

local asking, again = false, false

local function told()
  vim.api.nvim_exec_autocmds('User', { pattern = 'AgentOrchestratorChanged', modeline = false })
  vim.cmd.redrawstatus({ bang = true })
end

---@param id integer
local function look(id)
  local found = vim.lsp.get_client_by_id(id)
  if not found then
    asking = false
    return
  end
  client.send(found, protocol.Message.sessions, vim.empty_dict(), function(_, result)
    if result then
      M.rows = result.sessions
      told()
    end
    vim.defer_fn(function()
      asking = false
      if again then
        again = false
        M.changed(nil, id)
      end
    end, PACE)
  end)
end

--- Something changed: look at it, now and not more often than every 0.2 s.
---@param changed ao.Changed?
---@param id integer The client that says so.
function M.changed(changed, id)
  if changed then
    M.failures = changed.failures
  end
  if asking then
    again = true
    return
  end
  asking = true
  look(id)
end

--- A session by its id.
---@param id string
---@return ao.SessionRow?
function M.row(id)
  for _, row in ipairs(M.rows) do
    if row.id == id then
      return row
    end
  end
end

--- Does a session wait for a person?
---@param row ao.SessionRow
---@return boolean
function M.needs_you(row)
  return row.state == 'waiting' or row.state == 'error'
end

--- The ids of sessions, for completion.
---@param closed? boolean Also those that are over.
---@return string[]
function M.ids(closed)
  local rows = M.rows
  if closed or #rows == 0 then
    local answer = client.wait(protocol.Message.sessions, closed and { closed = true } or vim.empty_dict())
    rows = answer and answer.sessions or rows
  end
  return vim.tbl_map(function(row)
    return row.id
  end, rows)
end

return M
