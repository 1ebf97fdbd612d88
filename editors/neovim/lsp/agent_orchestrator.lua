--- Agent Orchestrator for Neovim 0.11 and newer: put this folder's parent on 'runtimepath' and call
--- `vim.lsp.enable('agent_orchestrator')`. Every action is a code action (`gra`); nothing else is needed.
---@type vim.lsp.Config
return {
  cmd = { 'ao', 'lsp' },
  -- No filetypes: any file of a project can be red.
  root_markers = { { 'agent-orchestrator.yaml', 'agent-orchestrator.yml' }, '.git' },
  -- One server for every folder: the daemon behind it is one as well.
  workspace_required = true,
}
