--- Agent Orchestrator's language server. With this plugin on 'runtimepath' it starts by itself; Neovim 0.11 and newer
--- also read this file for `vim.lsp.enable('agent_orchestrator')` and merge it with `vim.lsp.config()`.
---@type vim.lsp.Config
return {
  cmd = require('agent_orchestrator.config').get().cmd,
  -- No filetypes: any file of a project can be red.
  root_markers = { { 'agent-orchestrator.yaml', 'agent-orchestrator.yml' } },
  workspace_required = true,
  handlers = {
    ['ao/changed'] = function(_, changed, context)
      require('agent_orchestrator.state').changed(changed, context.client_id)
    end,
    ['window/showMessageRequest'] = function(...)
      return require('agent_orchestrator.prompts').handler(...)
    end,
    ['window/showDocument'] = function(...)
      return require('agent_orchestrator.windows').handler(...)
    end,
  },
}
