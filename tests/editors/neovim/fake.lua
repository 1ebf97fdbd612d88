-- A language server in the process of Neovim: it answers what it is told to answer, and remembers what it was asked.
local M = {}

--- `answers`: of a method, or of a command of `workspace/executeCommand`, the result, or a function of the parameters.
---@param answers table<string, any>
---@return table server `asked`: { name, parameters } of each, the oldest first; `stop()` ends it.
function M.start(answers)
  local server = { asked = {} }
  local function answer(name, params)
    local made = answers[name]
    if type(made) == 'function' then
      return made(params)
    end
    return made
  end
  local function cmd(dispatchers)
    local closing, id = false, 0
    return {
      request = function(method, params, done)
        id = id + 1
        local name, given = method, params
        if method == 'workspace/executeCommand' then
          name, given = params.command, params.arguments[1]
        end
        if method == 'initialize' then
          done(nil, { capabilities = {} })
        else
          table.insert(server.asked, { name, given })
          done(nil, answer(name, given) or vim.NIL)
        end
        return true, id
      end,
      notify = function()
        return true
      end,
      is_closing = function()
        return closing
      end,
      terminate = function()
        closing = true
        dispatchers.on_exit(0, 15)
      end,
    }
  end
  server.id = vim.lsp.start({
    name = 'agent_orchestrator',
    cmd = cmd,
    root_dir = '/project',
    handlers = require('agent_orchestrator.client').config().handlers,
  }, {
    attach = false,
    reuse_client = function()
      return false
    end,
  })
  vim.wait(1000, function()
    return vim.lsp.get_clients({ id = server.id })[1] ~= nil
  end, 5)
  function server.stop()
    local client = vim.lsp.get_client_by_id(server.id)
    if vim.fn.has('nvim-0.11') == 1 then
      client:stop(true)
    else
      client.stop(true)
    end
    vim.wait(1000, function()
      return vim.lsp.get_clients({ id = server.id })[1] == nil
    end, 5)
  end
  --- What a command was asked with; nil: it was not.
  function server.given(name)
    for _, each in ipairs(server.asked) do
      if each[1] == name then
        return each[2]
      end
    end
  end
  return server
end

--- A row of a session.
---@param id string
---@param more? table
function M.row(id, more)
  return vim.tbl_extend('force', {
    id = id,
    title = 'Fix ' .. id,
    state = 'working',
    running = true,
    quiet = false,
    detail = 'working',
    workspacePath = '',
    landing = '',
    asks = {},
    outside = {},
  }, more or {})
end

return M
