require('agent_orchestrator.sheet').adopt(vim.api.nvim_get_current_buf())
