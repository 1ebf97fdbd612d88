-- The configuration in Neovim: completed while it is broken, explained, mended, put into shape.
-- nvim --headless --clean -n -l configure.lua, with AO, FILE (the configuration) and PLUGIN in the environment.
local function say(...)
  io.stdout:write(string.format(...) .. '\n')
  io.stdout:flush()
end

local function await(what, seconds, condition)
  if not vim.wait(seconds * 1000, condition, 20) then
    say('gave up waiting for %s', what)
    os.exit(1)
  end
end

-- Whether the folder is trusted is not what this is about, and a question that nobody can answer ends Neovim.
local handlers = {
  ['window/showMessageRequest'] = function()
    return vim.NIL
  end,
}
vim.opt.runtimepath:prepend(vim.env.PLUGIN)
vim.cmd('filetype on')
if vim.lsp.enable then
  vim.lsp.config('agent_orchestrator', { cmd = { vim.env.AO, 'lsp' }, handlers = handlers })
  vim.lsp.enable('agent_orchestrator')
  vim.cmd.edit(vim.env.FILE)
else
  vim.cmd.edit(vim.env.FILE)
  local root = vim.fs.root(0, 'agent-orchestrator.yaml')
  vim.lsp.start({
    name = 'agent_orchestrator',
    cmd = { vim.env.AO, 'lsp' },
    root_dir = root,
    handlers = handlers,
  })
end
await('the server', 60, function()
  local client = (vim.lsp.get_clients or vim.lsp.get_active_clients)({ name = 'agent_orchestrator' })[1]
  return client and client.initialized and vim.lsp.buf_is_attached(0, client.id)
end)

local function ask(method, line, column)
  local params = {
    textDocument = { uri = vim.uri_from_bufnr(0) },
    position = { line = line, character = column },
  }
  local answers = vim.lsp.buf_request_sync(0, method, params, 30000)
  local _, answer = next(answers or {})
  return answer and answer.result
end

local function show(lines)
  vim.api.nvim_buf_set_lines(0, 0, -1, false, lines)
end

local function text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '|')
end

show({ 'projects:', '  app', '    landing: {chec', '  : [' })
for _, item in ipairs(ask('textDocument/completion', 2, 18)) do
  if item.label == 'checkout' then
    vim.lsp.util.apply_text_edits({ item.textEdit }, vim.api.nvim_get_current_buf(), 'utf-16')
    say('completed: %s', text())
  end
end

show({ 'limits:', '  minutes:', '    turn: 5' })
say('hover: %s', ask('textDocument/hover', 2, 5).contents.value:gsub('\n+', ' '))

show({ '# é😀', 'limmits:  # why', '    attempts: 3   ' })
await('its diagnostic', 60, function()
  return vim.iter(vim.diagnostic.get(0)):any(function(found)
    return found.code == 'config-unknown-key'
  end)
end)
local at = { line = 1, character = 0 }
local asked = {
  textDocument = { uri = vim.uri_from_bufnr(0) },
  range = { start = at, ['end'] = at },
  context = { diagnostics = {} },
}
for id, answer in pairs(vim.lsp.buf_request_sync(0, 'textDocument/codeAction', asked, 30000) or {}) do
  for _, action in ipairs(answer.result) do
    if action.title == 'Change to `limits`' then
      vim.lsp.util.apply_workspace_edit(action.edit, vim.lsp.get_client_by_id(id).offset_encoding)
    end
  end
end
vim.lsp.buf.format({ async = false, timeout_ms = 30000 })
say('formatted: %s', text())
vim.cmd('qa!')
