--- Both sides of a file that a session changed, as a diff of two windows in a tab.
local client = require('agent_orchestrator.client')

local M = {}

--- The bit of a file's mode that lets its owner write it. The server takes it from what is there to be read only.
local WRITABLE = 128

--- Show a side in the current window: the file, or nothing where the session added or deleted it.
---@param path string
---@param session string
local function show(path, session)
  -- Names are not written into a command: they can hold anything.
  local buf = path ~= '' and vim.fn.bufadd(path) or vim.api.nvim_create_buf(false, true)
  vim.api.nvim_win_set_buf(0, buf)
  local found = vim.uv.fs_stat(path)
  if not found or bit.band(found.mode, WRITABLE) == 0 then
    vim.bo[buf].readonly = true
    vim.bo[buf].modifiable = false
    vim.bo[buf].swapfile = false
    vim.bo[buf].bufhidden = 'wipe'
    vim.keymap.set('n', 'q', '<Cmd>tabclose<CR>', { buffer = buf, nowait = true, desc = 'Close both' })
  end
  vim.b[buf].agent_orchestrator_session = session
  vim.cmd.diffthis()
end

--- Open both sides: on the left as it was, to read only; on the right as it is now, which can be edited where it is the
--- worktree's own file.
---@param session string
---@param file ao.ChangedFile
---@param line integer The line on the right, from 1.
function M.open(session, file, line)
  if file.base == '' and file.head == '' then
    return client.say(('%s can not be shown: it is no file, or too large'):format(file.path))
  end
  vim.cmd('tab split')
  show(file.base, session)
  vim.cmd('rightbelow vertical split')
  show(file.head, session)
  vim.api.nvim_win_set_cursor(0, { math.min(line, vim.api.nvim_buf_line_count(0)), 0 })
end

return M
