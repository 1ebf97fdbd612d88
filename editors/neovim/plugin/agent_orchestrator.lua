-- Agent Orchestrator: the command, the maps and the start of the server. Nothing is loaded before it is used.
if vim.g.loaded_agent_orchestrator then
  return
end
vim.g.loaded_agent_orchestrator = 1

if vim.fn.has('nvim-0.10') == 0 then
  vim.notify('agent_orchestrator needs Neovim 0.10 or newer', vim.log.levels.WARN)
  return
end

vim.api.nvim_create_user_command('Ao', function(given)
  require('agent_orchestrator.commands').run(given)
end, {
  nargs = '*',
  bang = true,
  desc = 'Agent Orchestrator',
  complete = function(lead, line)
    return require('agent_orchestrator.commands').complete(lead, line)
  end,
})

for _, name in ipairs({
  'hunt',
  'new',
  'sessions',
  'check',
  'status',
  'quickfix',
  'attach',
  'send',
  'answer',
  'show',
  'diff',
  'log',
  'land',
  'stop',
  'restore',
  'interrupt',
  'quiet',
  'put_back',
  'pause',
  'resume',
}) do
  vim.keymap.set('n', ('<Plug>(ao-%s)'):format(name:gsub('_', '-')), function()
    require('agent_orchestrator').run(name)
  end, { desc = 'ao ' .. name })
end

vim.api.nvim_create_autocmd({ 'BufReadPost', 'BufNewFile' }, {
  group = vim.api.nvim_create_augroup('agent_orchestrator', {}),
  desc = 'Start `ao lsp` for the files of a project',
  callback = function(event)
    return require('agent_orchestrator.client').autostart(event.buf)
  end,
})
