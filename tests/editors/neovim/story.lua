-- From red to green by `:Ao` alone, with a question of the agent in between.
-- nvim --headless --clean -n -l story.lua, with AO, FILE and PLUGIN in the environment. It says what a person sees.
local here = vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2))
local helper = dofile(here .. '/helper.lua')
local say, await = helper.say, helper.await

local asked = {}
vim.ui.select = function(items, options, done)
  table.insert(asked, (options.prompt:gsub('\n', ' ')))
  done(items[1], 1)
end
vim.notify = function(text)
  say('told: %s', text)
end

helper.load({ prompts = false })
vim.cmd.edit(vim.env.FILE)
await('the project', 60, function()
  return helper.is_trusted()
end)
vim.cmd('Ao check')
await('a diagnostic', 60, function()
  return #vim.diagnostic.get(0) > 0
end)
say('red: %s', vim.diagnostic.get(0)[1].source)
local code = vim.api.nvim_get_current_buf()

vim.cmd('Ao sessions')
await('the sessions buffer', 30, function()
  return vim.bo.filetype == 'aosessions'
end)
local sheet = vim.api.nvim_get_current_buf()

local function line(part)
  for number, text in ipairs(vim.api.nvim_buf_get_lines(sheet, 0, -1, false)) do
    if text:find(part, 1, true) then
      return number, text
    end
  end
end

vim.api.nvim_buf_call(code, function()
  vim.cmd('Ao hunt')
end)
await('the question', 60, function()
  return line('permission: ')
end)
say('group: %s', vim.api.nvim_buf_get_lines(sheet, 4, 5, false)[1])
local number, text = line('permission: ')
local session = text:match('^%- (%S+)')
vim.api.nvim_win_set_cursor(0, { number, 0 })
await('its completion', 10, function()
  return vim.deep_equal(vim.fn.getcompletion('Ao answer ', 'cmdline'), { session })
end)
say('options: %s', table.concat(vim.fn.getcompletion(('Ao answer %s '):format(session), 'cmdline'), ', '))
await('the statusline', 10, function()
  return require('agent_orchestrator').statusline() == 'ao: 1 need you, 1 red'
end)
vim.cmd('Ao answer')

await('the landing', 90, function()
  return line('landed') and line('## Over')
end)
say('cursor on: %s', vim.api.nvim_get_current_line():match('^%- (%S+)') == session and 'the session' or 'another line')
vim.cmd('Ao diff')
await('the diff', 30, function()
  return vim.bo.filetype == 'diff'
end)
local changed = vim.tbl_filter(function(each)
  return each:match('^[-+] ') ~= nil
end, vim.api.nvim_buf_get_lines(0, 0, -1, false))
say('diff: %s', table.concat(changed, ' / '))
vim.fn.search('^+ ')
vim.api.nvim_feedkeys('D', 'xm', false)
local sides = vim.tbl_map(function(window)
  return vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 1, 2, false)[1]
end, vim.api.nvim_tabpage_list_wins(0))
say('sides: %s, line %d', table.concat(sides, ' | '), vim.fn.line('.'))
await('the diagnostic to go', 60, function()
  return #vim.diagnostic.get(code) == 0
end)
say('green')
for _, question in ipairs(asked) do
  say('asked: %s', question)
end
vim.cmd('qall!')
