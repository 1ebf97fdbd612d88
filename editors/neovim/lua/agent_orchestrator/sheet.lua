--- The sessions buffer: the file that the daemon keeps, which changes under the cursor's eyes without moving it.
local client = require('agent_orchestrator.client')
local config = require('agent_orchestrator.config')
local protocol = require('agent_orchestrator.protocol')
local windows = require('agent_orchestrator.windows')

local M = {}

---@class agent_orchestrator.Key
---@field [1] string
---@field [2] string The map's name, or a command.
---@field [3] string

--- Keys, what they do, and what help says. Small letters change nothing.
---@type agent_orchestrator.Key[]
M.KEYS = {
  { '<CR>', '<Cmd>lua vim.lsp.buf.code_action()<CR>', 'choose what to do with the session' },
  { 'K', '<Cmd>lua vim.lsp.buf.hover()<CR>', 'what is known of it' },
  { 'a', '<Plug>(ao-answer)', 'answer what its agent asks' },
  { 's', '<Plug>(ao-send)', 'send its agent a message' },
  { 't', '<Plug>(ao-attach)', "its agent's own screen, in a terminal" },
  { 'd', '<Plug>(ao-diff)', 'what it changed, in a tab' },
  { 'o', '<Plug>(ao-log)', 'its output, as it comes' },
  { 'i', '<Plug>(ao-show)', 'its facts and history' },
  { 'M', '<Plug>(ao-land)', 'land its work through the gate' },
  { 'I', '<Plug>(ao-interrupt)', 'interrupt its agent' },
  { 'X', '<Plug>(ao-stop)', 'stop it; its work is saved' },
  { 'R', '<Plug>(ao-restore)', 'bring it back' },
  { 'Q', '<Plug>(ao-quiet)', 'no notifications of it any more, or again' },
  { 'P', '<Plug>(ao-put-back)', 'put back what it changed in your checkout' },
  { 'H', '<Plug>(ao-hunt)', 'hunt what is red' },
  { 'N', '<Plug>(ao-new)', 'give an agent a task' },
  { 'q', '<Cmd>close<CR>', 'close the window' },
  { 'g?', "<Cmd>lua require('agent_orchestrator.sheet').help()<CR>", 'this help' },
}

--- Show the keys, over everything else.
function M.help()
  local lines = vim.tbl_map(function(key)
    return (' %-5s %s '):format(key[1], key[3])
  end, M.KEYS)
  local width = 0
  for _, line in ipairs(lines) do
    width = math.max(width, vim.api.nvim_strwidth(line))
  end
  local buf = vim.api.nvim_create_buf(false, true)
  vim.bo[buf].bufhidden = 'wipe'
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, lines)
  vim.bo[buf].modifiable = false
  local height = math.min(#lines, vim.o.lines - 4)
  vim.api.nvim_open_win(buf, true, {
    relative = 'editor',
    row = math.floor((vim.o.lines - height) / 2) - 1,
    col = math.floor((vim.o.columns - width) / 2),
    width = width,
    height = height,
    style = 'minimal',
    border = 'rounded',
    title = ' Sessions ',
  })
  for _, key in ipairs({ 'q', '<Esc>', 'g?' }) do
    vim.keymap.set('n', key, '<Cmd>close<CR>', { buffer = buf, nowait = true, desc = 'Close' })
  end
end

---@param path string
---@return string[]? lines nil where there is no such file at the moment.
local function read(path)
  local file = io.open(path, 'r')
  if not file then
    return nil
  end
  local text = file:read('*a')
  file:close()
  return vim.split((text:gsub('\n$', '')), '\n', { plain = true })
end

---@param line string
---@return string? id
local function session_of(line)
  return line:match('^%- (%S+)')
end

--- The line of the first session; nil: there is none.
---@param lines string[]
---@return integer?
local function first_session(lines)
  for number, line in ipairs(lines) do
    if session_of(line) then
      return number
    end
  end
end

--- Where each window's cursor is to be: on the session that it was on, or on the first one where there was none.
---@param buf integer
---@return fun() restore
local function kept_cursors(buf)
  local kept = {}
  local had = first_session(vim.api.nvim_buf_get_lines(buf, 0, -1, false))
  for _, window in ipairs(vim.fn.win_findbuf(buf)) do
    local cursor = vim.api.nvim_win_get_cursor(window)
    local line = vim.api.nvim_buf_get_lines(buf, cursor[1] - 1, cursor[1], false)[1] or ''
    kept[window] = { cursor = cursor, session = session_of(line) }
  end
  return function()
    local lines = vim.api.nvim_buf_get_lines(buf, 0, -1, false)
    local first = not had and first_session(lines) or nil
    for window, was in pairs(kept) do
      local row = first or math.min(was.cursor[1], #lines)
      for number, line in ipairs(lines) do
        if was.session and session_of(line) == was.session then
          row = number
        end
      end
      vim.api.nvim_win_set_cursor(window, { row, was.cursor[2] })
    end
  end
end

--- Bring the buffer up to date with its file: only the lines that differ are written, so that folds stay.
---@param buf integer
function M.reload(buf)
  local new = read(vim.api.nvim_buf_get_name(buf))
  local old = vim.api.nvim_buf_get_lines(buf, 0, -1, false)
  if not new or vim.deep_equal(old, new) then
    return
  end
  local restore = kept_cursors(buf)
  vim.bo[buf].modifiable = true
  -- 0.12 has it under another name.
  local diff = vim.text and vim.text.diff or vim.diff
  local hunks = diff(table.concat(old, '\n') .. '\n', table.concat(new, '\n') .. '\n', { result_type = 'indices' })
  -- From the end, so that the numbers of what comes before stay right.
  for at = #hunks, 1, -1 do
    local from, count, to, many = unpack(hunks[at])
    -- An insertion names the line that it comes after.
    local first = count == 0 and from or from - 1
    vim.api.nvim_buf_set_lines(buf, first, first + count, false, vim.list_slice(new, to, to + many - 1))
  end
  vim.bo[buf].modifiable = false
  vim.bo[buf].modified = false
  restore()
end

--- Follow the file for as long as the buffer lives. It is replaced as a whole each time: a watch ends with its file.
---@param buf integer
local function follow(buf)
  local path = vim.api.nvim_buf_get_name(buf)
  local watch, retry = assert(vim.uv.new_fs_event()), assert(vim.uv.new_timer())
  local begin
  local function changed()
    watch:stop()
    if not vim.api.nvim_buf_is_loaded(buf) then
      return
    end
    begin()
    M.reload(buf)
  end
  begin = function()
    -- The daemon may be writing its first one, or be gone.
    if not watch:start(path, {}, vim.schedule_wrap(changed)) then
      retry:start(500, 0, vim.schedule_wrap(changed))
    end
  end
  vim.api.nvim_create_autocmd({ 'BufUnload' }, {
    buffer = buf,
    once = true,
    callback = function()
      vim.b[buf].agent_orchestrator_follows = nil
      watch:close()
      retry:close()
    end,
  })
  vim.b[buf].agent_orchestrator_follows = true
  begin()
end

---@param buf integer
local function set_keys(buf)
  for _, key in ipairs(M.KEYS) do
    -- What the person has for this already stays.
    if vim.fn.hasmapto(key[2], 'n') == 0 or not vim.startswith(key[2], '<Plug>') then
      vim.keymap.set('n', key[1], key[2], { buffer = buf, nowait = true, desc = key[3] })
    end
  end
end

--- Make the sessions buffer of a buffer that has read the file.
---@param buf integer
function M.adopt(buf)
  vim.bo[buf].swapfile = false
  vim.bo[buf].undolevels = -1
  vim.bo[buf].autoread = true
  vim.bo[buf].buflisted = false
  vim.bo[buf].modifiable = false
  -- It lies in no project: no server is started for it by itself.
  local by = client.find()
  if by then
    vim.lsp.buf_attach_client(buf, by.id)
  end
  if config.get().keys then
    set_keys(buf)
  end
  if not vim.b[buf].agent_orchestrator_follows then
    follow(buf)
  end
  M.reload(buf)
end

--- The text of a closed fold: its heading.
---@return string
function M.foldtext()
  return vim.fn.getline(vim.v.foldstart) .. ' …'
end

--- Options of a window that shows the buffer.
---@param window integer
local function set_window(window)
  local options = {
    wrap = false,
    cursorline = true,
    number = false,
    relativenumber = false,
    foldmethod = 'expr',
    foldexpr = [[getline(v:lnum)=~#'^## '?'>1':'=']],
    foldtext = "v:lua.require'agent_orchestrator.sheet'.foldtext()",
    foldlevel = 9,
  }
  for name, value in pairs(options) do
    vim.api.nvim_set_option_value(name, value, { win = window, scope = 'local' })
  end
end

--- Is a file the sessions document? It lies beside the daemon's lock.
---@param path string
---@return boolean
function M.is_sheet(path)
  return vim.fs.basename(path) == 'sessions.md' and vim.uv.fs_stat(vim.fs.dirname(path) .. '/daemon.lock') ~= nil
end

--- Show the sessions document, or go to it.
---@param path string
function M.show(path)
  -- As Markdown it would be given to other servers and plugins.
  vim.filetype.add({ filename = { [path] = 'aosessions' } })
  local known = vim.fn.bufwinid(path) ~= -1
  windows.file(path)
  local buf = vim.api.nvim_get_current_buf()
  if vim.bo[buf].filetype ~= 'aosessions' then
    vim.bo[buf].filetype = 'aosessions'
  end
  set_window(vim.api.nvim_get_current_win())
  if not known then
    -- What needs a person comes first.
    vim.fn.search('^- ', 'cw')
  end
end

--- Open the sessions buffer, or go to it. The server asks to show it before it answers.
function M.open()
  client.command(protocol.Command.showSessions, {}, function() end)
end

return M
