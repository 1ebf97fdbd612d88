--- Which session is meant: named, under the cursor, or chosen from a list.
local client = require('agent_orchestrator.client')
local protocol = require('agent_orchestrator.protocol')

local M = {}

--- Characters of what a session does, in a list.
local DETAIL = 60

--- The session that the cursor is on: of a line of the sessions document, of a diagnostic, or of the worktree that the
--- file lies in.
---@return string? id
function M.here()
  local ours = vim.b.agent_orchestrator_session
  if ours then
    return ours
  end
  if vim.bo.filetype == 'aosessions' then
    return vim.api.nvim_get_current_line():match('^%- (%S+)')
  end
  local line = vim.api.nvim_win_get_cursor(0)[1] - 1
  for _, found in ipairs(vim.diagnostic.get(0, { lnum = line })) do
    local data = vim.tbl_get(found, 'user_data', 'lsp', 'data')
    if type(data) == 'table' and type(data.session) == 'string' and data.session ~= '' then
      return data.session
    end
  end
  local file = vim.api.nvim_buf_get_name(0)
  for _, row in ipairs(require('agent_orchestrator.state').rows) do
    if row.workspacePath ~= '' and vim.startswith(file, row.workspacePath .. '/') then
      return row.id
    end
  end
end

--- A session in a line of a list.
---@param row ao.SessionRow
---@return string
function M.label(row)
  local long = vim.fn.strcharlen(row.detail) > DETAIL
  local detail = long and vim.fn.strcharpart(row.detail, 0, DETAIL - 1) .. '…' or row.detail
  return ('%s  %s  %s'):format(row.id, detail, row.title)
end

--- Hand on the rows of the sessions that are in question.
---@param closed boolean Also those that are over.
---@param wanted? fun(row: ao.SessionRow): boolean
---@param done fun(rows: ao.SessionRow[])
function M.rows(closed, wanted, done)
  client.request(protocol.Message.sessions, closed and { closed = true } or vim.empty_dict(), function(answer)
    done(wanted and vim.tbl_filter(wanted, answer.sessions) or answer.sessions)
  end)
end

--- Let the person choose one of these sessions.
---@param prompt string
---@param rows ao.SessionRow[]
---@param done fun(id: string)
function M.choose(prompt, rows, done)
  if #rows == 0 then
    return client.say('there is no session to ' .. prompt)
  end
  local options = { prompt = prompt:gsub('^%l', string.upper) .. ' which session?', format_item = M.label }
  vim.ui.select(rows, options, function(row)
    if row then
      done(row.id)
    end
  end)
end

---@class agent_orchestrator.Wish
---@field prompt string What is to be done, as in `land`.
---@field closed? boolean Sessions that are over can be meant.
---@field wanted? fun(row: ao.SessionRow): boolean

--- The session that is meant.
---@param named string? As it was given.
---@param wish agent_orchestrator.Wish
---@param done fun(id: string)
function M.session(named, wish, done)
  local id = named or M.here()
  if id then
    return done(id)
  end
  M.rows(wish.closed or false, wish.wanted, function(rows)
    M.choose(wish.prompt, rows, done)
  end)
end

--- Ask for a line of text.
---@param prompt string
---@param done fun(text: string)
function M.text(prompt, done)
  vim.ui.input({ prompt = prompt }, function(said)
    if said and vim.trim(said) ~= '' then
      done(vim.trim(said))
    end
  end)
end

return M
