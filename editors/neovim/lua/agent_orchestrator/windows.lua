--- Where things are opened: files that the server shows, texts in buffers of their own, terminals.
local M = {}

--- The command modifiers (`vertical`, `tab` …) of the `:Ao` that is being carried out; nil: none were given.
---@type string?
M.mods = nil

--- Open a window by `:split`, or by what the person asked for.
---@param default string Command modifiers.
local function split(default)
  vim.cmd((M.mods or default) .. ' split')
end

--- Go to the window in this tab that shows a buffer.
---@param buf integer
---@return boolean
local function is_shown(buf)
  for _, window in ipairs(vim.api.nvim_tabpage_list_wins(0)) do
    if vim.api.nvim_win_get_buf(window) == buf then
      vim.api.nvim_set_current_win(window)
      return true
    end
  end
  return false
end

--- Show a file in a window of its own, or in the one that has it.
---@param path string
function M.file(path)
  local buf = vim.fn.bufadd(path)
  if not is_shown(buf) then
    split(require('agent_orchestrator.config').get().window)
    vim.api.nvim_win_set_buf(0, buf)
  end
  M.mods = nil
end

--- Show lines in a buffer that is no file.
---@param name string
---@param lines string[]
---@param filetype string
---@param default string Command modifiers of the window.
---@return integer buf
function M.text(name, lines, filetype, default)
  local buf = vim.fn.bufadd(name)
  vim.bo[buf].buftype = 'nofile'
  vim.bo[buf].bufhidden = 'wipe'
  vim.bo[buf].swapfile = false
  if not is_shown(buf) then
    split(default)
    vim.api.nvim_win_set_buf(0, buf)
  end
  M.mods = nil
  vim.bo[buf].modifiable = true
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, lines)
  vim.bo[buf].modifiable = false
  vim.bo[buf].filetype = filetype
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buf, nowait = true, desc = 'Close' })
  return buf
end

--- Run a command in a terminal, and type into it.
---@param argv string[]
---@param env table<string, string>
---@return integer buf
function M.terminal(argv, env)
  split('tab')
  M.mods = nil
  vim.cmd.enew()
  local given = { env = next(env) and env or nil }
  if vim.fn.has('nvim-0.11') == 1 then
    given.term = true
    vim.fn.jobstart(argv, given)
  else
    vim.fn.termopen(argv, given)
  end
  vim.cmd.startinsert()
  return vim.api.nvim_get_current_buf()
end

--- Answers `window/showDocument`.
---@param err lsp.ResponseError?
---@param params lsp.ShowDocumentParams
---@param context lsp.HandlerContext
function M.handler(err, params, context)
  if params.external or not vim.startswith(params.uri, 'file:') then
    return vim.lsp.handlers['window/showDocument'](err, params, context)
  end
  local path = vim.uri_to_fname(params.uri)
  local sheet = require('agent_orchestrator.sheet')
  local show = sheet.is_sheet(path) and sheet.show or M.file
  show(path)
  return { success = true }
end

return M
