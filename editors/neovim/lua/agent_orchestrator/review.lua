--- What a session changed and what it says: texts in buffers of their own.
local client = require('agent_orchestrator.client')
local protocol = require('agent_orchestrator.protocol')
local state = require('agent_orchestrator.state')
local windows = require('agent_orchestrator.windows')

local M = {}

local LETTERS = { a = '\a', b = '\b', t = '\t', n = '\n', v = '\v', f = '\f', r = '\r' }

--- The file that a line above the hunks of a diff names. Git quotes some names as C does.
---@param text string
---@return string? path
local function named(text)
  local name = text:match('^%-%-%- (.*)') or text:match('^%+%+%+ (.*)')
  name = name and name:gsub('\t$', '')
  local quoted = name and name:match('^"(.*)"$')
  if quoted then
    name = quoted:gsub('\\(.)(%d?%d?)', function(first, more)
      return first:match('%d') and string.char(tonumber(first .. more, 8)) or (LETTERS[first] or first) .. more
    end)
  end
  return name and name:match('^[ab]/(.*)')
end

--- The place in the changed file that a line of a diff shows.
---@param lines string[]
---@param at integer The line, from 1.
---@return string? path
---@return integer? line
function M.place(lines, at)
  local begin = at
  while begin > 1 and not vim.startswith(lines[begin], 'diff --git ') do
    begin = begin - 1
  end
  local path, line ---@type string?, integer?
  for number = begin + 1, at do
    local text = lines[number]
    local new = text:match('^@@ %-%S+ %+(%d+)')
    if new then
      line = math.max(tonumber(new) or 1, 1)
    elseif not line then
      path = named(text) or path
    elseif number < at and not text:match('^[-\\]') then
      line = line + 1
    end
  end
  return path, path and (line or 1)
end

--- Open the file that the cursor is on: the worktree's, or the checkout's when the session is over.
---@param session string
local function jump(session)
  local row = state.row(session)
  local path, line = M.place(vim.api.nvim_buf_get_lines(0, 0, -1, false), vim.api.nvim_win_get_cursor(0)[1])
  local root = row and row.workspacePath ~= '' and row.workspacePath or client.root()
  local file = path and root .. '/' .. path
  if not file or vim.fn.filereadable(file) == 0 then
    return client.say('there is no such file')
  end
  vim.cmd('split ' .. vim.fn.fnameescape(file))
  vim.api.nvim_win_set_cursor(0, { math.min(line, vim.api.nvim_buf_line_count(0)), 0 })
end

--- Keys in a diff, and what they do.
M.KEYS = { ['<CR>'] = 'open the file at that line', D = 'open both sides of the file, as a diff of two windows' }

--- Open both sides of the file that the cursor is on.
---@param session string
---@param files ao.ChangedFile[]
local function compare(session, files)
  local path, line = M.place(vim.api.nvim_buf_get_lines(0, 0, -1, false), vim.api.nvim_win_get_cursor(0)[1])
  for _, file in ipairs(files) do
    if file.path == path then
      return require('agent_orchestrator.sides').open(session, file, line or 1)
    end
  end
  client.say('there is no such file')
end

--- What a session changed, in a tab.
---@param session string
function M.diff(session)
  client.command(protocol.Command.diff, { session = session }, function(answer)
    if answer.text == '' then
      return client.say(session .. ' changed nothing')
    end
    local lines = vim.split((answer.text:gsub('\n$', '')), '\n', { plain = true })
    local buf = windows.text('ao://diff/' .. session, lines, 'diff', 'tab')
    vim.b[buf].agent_orchestrator_session = session
    vim.keymap.set('n', '<CR>', function()
      jump(session)
    end, { buffer = buf, desc = M.KEYS['<CR>'] })
    vim.keymap.set('n', 'D', function()
      compare(session, answer.files)
    end, { buffer = buf, nowait = true, desc = M.KEYS.D })
  end)
end

--- What the agent of the newest turn was told.
---@param session string
function M.prompt(session)
  client.command(protocol.Command.prompt, { session = session }, function(answer)
    local lines = vim.split(answer.text, '\n', { plain = true })
    windows.text('ao://prompt/' .. session, lines, 'markdown', 'botright')
  end)
end

--- A session's facts and history.
---@param session string
function M.show(session)
  client.command(protocol.Command.session, { session = session }, function(answer)
    local row = answer.session ---@type ao.SessionRow
    local lines = { ('# %s %s'):format(row.id, row.title), '', ('%s: %s'):format(row.agent, row.detail) }
    table.insert(lines, row.workspacePath ~= '' and ('%s in %s'):format(row.branch, row.workspacePath) or row.branch)
    for _, heading in ipairs({ { 'Held', row.held }, { 'Notices', row.notices }, { 'History', answer.history } }) do
      if #heading[2] > 0 then
        vim.list_extend(lines, { '', '## ' .. heading[1], '' })
        for _, text in ipairs(heading[2]) do
          table.insert(lines, '- ' .. text:gsub('\n', ' '))
        end
      end
    end
    local buf = windows.text('ao://session/' .. session, lines, 'markdown', 'botright')
    vim.b[buf].agent_orchestrator_session = session
  end)
end

--- Add text that ends in the middle of a line or at its end; a cursor on the last line stays on the last line.
---@param buf integer
---@param text string
local function append(buf, text)
  local last = vim.api.nvim_buf_line_count(buf)
  local tails = vim.tbl_filter(function(window)
    return vim.api.nvim_win_get_cursor(window)[1] == last
  end, vim.fn.win_findbuf(buf))
  vim.bo[buf].modifiable = true
  local column = #vim.api.nvim_buf_get_lines(buf, last - 1, last, false)[1]
  vim.api.nvim_buf_set_text(buf, last - 1, column, last - 1, column, vim.split(text, '\n', { plain = true }))
  vim.bo[buf].modifiable = false
  for _, window in ipairs(tails) do
    vim.api.nvim_win_set_cursor(window, { vim.api.nvim_buf_line_count(buf), 0 })
  end
end

--- A session's output. It grows with what the agent says, for as long as the buffer is there.
---@param session string
function M.log(session)
  local given = { session = session }
  client.command(protocol.Command.logs, given, function(chunk)
    local buf = windows.text('ao://log/' .. session, { '' }, 'aolog', 'botright')
    vim.b[buf].agent_orchestrator_session = session
    local group = vim.api.nvim_create_augroup('agent_orchestrator_log_' .. buf, {})
    local asking = false
    local function take(answer)
      asking = false
      if not vim.api.nvim_buf_is_valid(buf) then
        return
      end
      if answer.text ~= '' then
        append(buf, answer.text)
      end
      local more = answer.turn ~= given.turn or answer.text ~= ''
      given = { session = session, turn = answer.turn, offset = answer.offset }
      return more and not answer.ended
    end
    local function ask()
      if asking then
        return
      end
      asking = true
      client.command(protocol.Command.logs, given, function(answer)
        if take(answer) then
          ask()
        end
      end)
    end
    vim.api.nvim_create_autocmd('User', { group = group, pattern = 'AgentOrchestratorChanged', callback = ask })
    vim.api.nvim_create_autocmd('BufWipeout', {
      buffer = buf,
      once = true,
      callback = function()
        vim.api.nvim_del_augroup_by_id(group)
      end,
    })
    take(chunk)
    vim.cmd('normal! G')
  end)
end

return M
