-- A whole hunt from Neovim: diagnostic, code action, landed fix, no diagnostic.
-- nvim --headless --clean -n -l hunt.lua, with AO, FILE and PLUGIN in the environment.
local asked = {}
vim.ui.select = function(items, options, done)
  table.insert(asked, (options.prompt:gsub('\n', ' ')))
  done(items[1], 1)
end

local function say(...)
  io.stdout:write(string.format(...) .. '\n')
end

local function await(what, seconds, condition)
  if not vim.wait(seconds * 1000, condition, 20) then
    say('gave up waiting for %s', what)
    os.exit(1)
  end
end

vim.opt.runtimepath:prepend(vim.env.PLUGIN)
vim.cmd('filetype on')
if vim.lsp.enable then
  vim.lsp.config('agent_orchestrator', { cmd = { vim.env.AO, 'lsp' } })
  vim.lsp.enable('agent_orchestrator')
  vim.cmd.edit(vim.env.FILE)
else
  -- Before 0.11 a configuration is started by hand.
  vim.cmd.edit(vim.env.FILE)
  local config = dofile(vim.env.PLUGIN .. '/lsp/agent_orchestrator.lua')
  local root = vim.fs.root(0, config.root_markers[1])
  vim.lsp.start({ name = 'agent_orchestrator', cmd = { vim.env.AO, 'lsp' }, root_dir = root })
end

await('a diagnostic', 60, function()
  return #vim.diagnostic.get(0) > 0
end)
local found = vim.diagnostic.get(0)[1]
say('line %d: %s %s: %s', found.lnum + 1, found.source, found.code, found.message)

local client = (vim.lsp.get_clients or vim.lsp.get_active_clients)({ name = 'agent_orchestrator' })[1]
local params = {
  textDocument = vim.lsp.util.make_text_document_params(0),
  range = { start = { line = found.lnum, character = 0 }, ['end'] = { line = found.lnum, character = 0 } },
  context = { diagnostics = {} },
}
local answer = vim.lsp.buf_request_sync(0, 'textDocument/codeAction', params, 10000)
local actions = answer[client.id].result
local titles = vim.tbl_map(function(action)
  return action.title
end, actions)
say('actions: %s', table.concat(titles, ', '))
local run = client.exec_cmd and function(command)
  client:exec_cmd(command, { bufnr = 0 })
end or function(command)
  vim.lsp.buf.execute_command(command)
end
run(actions[1].command)

await('the diagnostic to go', 90, function()
  return #vim.diagnostic.get(0) == 0
end)
say('gone')
for _, question in ipairs(asked) do
  say('asked: %s', question)
end
vim.cmd('qall!')
