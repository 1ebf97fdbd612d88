--- The language server's client: found, or started, and asked.
local M = {}

M.NAME = 'agent_orchestrator'
local MARKERS = { 'agent-orchestrator.yaml', 'agent-orchestrator.yml' }
--- Milliseconds that the server may take to be ready: it may have to start the daemon.
local PATIENCE, STEP = 20000, 20

local NEW = vim.fn.has('nvim-0.11') == 1

--- Root → the id of the client that was started there: it is listed when it is ready only.
---@type table<string, integer>
local begun = {}

---@param text string
---@param level? integer
function M.say(text, level)
  vim.notify('ao: ' .. text, level or vim.log.levels.INFO)
end

---@param text string
function M.fail(text)
  M.say(text, vim.log.levels.ERROR)
end

--- How the server is started: what this plugin ships, with what the user made of it.
---@return table
function M.config()
  if NEW then
    return vim.lsp.config[M.NAME]
  end
  return dofile(vim.api.nvim_get_runtime_file('lsp/agent_orchestrator.lua', false)[1])
end

---@param place integer|string A buffer or a folder.
---@return string? root The folder of the configuration file above it.
local function project_of(place)
  return vim.fs.root(place, MARKERS)
end

--- The folder that a command is about: the project of the current file, or of the current folder, else that folder.
---@return string
function M.root()
  local here = vim.uv.cwd() or '.'
  local in_file = vim.bo.buftype == '' and vim.api.nvim_buf_get_name(0) ~= '' and project_of(0)
  return in_file or project_of(here) or vim.fs.root(here, '.git') or here
end

--- The client to ask: of this buffer, else of its project, else any.
---@return vim.lsp.Client?
function M.find()
  local root = M.root()
  local best, points
  for _, client in ipairs(vim.lsp.get_clients({ name = M.NAME })) do
    local worth = vim.lsp.buf_is_attached(0, client.id) and 3 or client.root_dir == root and 2 or 1
    if not points or worth > points then
      best, points = client, worth
    end
  end
  return best or begun[root] and vim.lsp.get_client_by_id(begun[root])
end

--- Start the server for a folder, attached to no buffer.
---@param root string
---@return vim.lsp.Client?
local function start(root)
  local config = vim.tbl_extend('force', M.config(), {
    name = M.NAME,
    root_dir = root,
    workspace_folders = { { uri = vim.uri_from_fname(root), name = vim.fs.basename(root) } },
  })
  if type(config.cmd) == 'table' and vim.fn.executable(config.cmd[1]) == 0 then
    M.fail(('`%s` can not be run; :checkhealth agent_orchestrator says more'):format(config.cmd[1]))
    return nil
  end
  local id
  if NEW then
    id = vim.lsp.start(config, { attach = false })
  else
    id = vim.lsp.start_client(config)
  end
  begun[root] = id
  return id and vim.lsp.get_client_by_id(id) or nil
end

--- Hand a client that is ready to `done`; the server is started where there is none.
---@param done fun(client: vim.lsp.Client)
function M.ready(done)
  local client = M.find() or start(M.root())
  local waited = 0
  local function look()
    if not client or client.initialized then
      return client and done(client)
    end
    if waited > PATIENCE or not vim.lsp.get_client_by_id(client.id) then
      return M.fail('the server did not start; :LspLog and :checkhealth agent_orchestrator say more')
    end
    waited = waited + STEP
    vim.defer_fn(look, STEP)
  end
  look()
end

--- Send a request through a client.
---@param client vim.lsp.Client
---@param method string
---@param params table
---@param done fun(err: lsp.ResponseError?, result: any)
function M.send(client, method, params, done)
  if NEW then
    client:request(method, params, done, 0)
  else
    client.request(method, params, done, 0)
  end
end

--- Ask the server; an error is told to the person.
---@param method string
---@param params table
---@param done? fun(result: any, client: vim.lsp.Client)
function M.request(method, params, done)
  M.ready(function(client)
    M.send(client, method, params, function(err, result)
      if err then
        M.fail(err.message)
      elseif done then
        done(result, client)
      end
    end)
  end)
end

--- Run a command of the server (`ao.Command`).
---@param id string
---@param given? table Its parameters.
---@param done? fun(result: any, client: vim.lsp.Client) What to do with the answer; else what it says is shown.
function M.command(id, given, done)
  local params = { command = id, arguments = { next(given or {}) and given or vim.empty_dict() } }
  M.request('workspace/executeCommand', params, done or function(result)
    if type(result) == 'table' and type(result.message) == 'string' then
      M.say(result.message)
    end
  end)
end

--- Ask the server and wait for the answer: for completion only.
---@param method string
---@param params table
---@return any result nil when there is no server, or none in time.
function M.wait(method, params)
  local client = M.find()
  if not client or not client.initialized then
    return nil
  end
  local answer
  M.send(client, method, params, function(_, result)
    answer = { result }
  end)
  vim.wait(1000, function()
    return answer ~= nil
  end, 5)
  return answer and answer[1]
end

--- Start the server for a buffer that was read, if it is in a project.
---@param buf integer
---@return boolean? enough True when Neovim does it by itself from now on.
function M.autostart(buf)
  if not require('agent_orchestrator.config').get().autostart then
    return true
  end
  if NEW then
    vim.lsp.enable(M.NAME)
    return true
  end
  local root = vim.bo[buf].buftype == '' and project_of(buf)
  if root then
    local config = vim.tbl_extend('force', M.config(), { name = M.NAME, root_dir = root })
    if vim.fn.executable(config.cmd[1]) == 0 then
      vim.notify_once(('ao: `%s` can not be run'):format(config.cmd[1]), vim.log.levels.WARN)
      return true
    end
    begun[root] = vim.lsp.start(config, { bufnr = buf })
  end
end

return M
