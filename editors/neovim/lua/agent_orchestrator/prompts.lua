--- What the server asks. A prompt takes the keyboard: it is shown in normal mode, one at a time and when no key was
--- typed for a moment, so that nothing that the person types answers it.
local client = require('agent_orchestrator.client')
local protocol = require('agent_orchestrator.protocol')

local M = {}

---@class agent_orchestrator.Prompt
---@field client integer The client that asks.
---@field message string
---@field actions lsp.MessageActionItem[]
---@field answer fun(choice: lsp.MessageActionItem?)

---@type agent_orchestrator.Prompt[]
local waiting = {}
local shown = false

--- Milliseconds without a key before a prompt.
M.PAUSE = 1000

local timer, keys
local next_one

local function is_normal()
  return vim.api.nvim_get_mode().mode == 'n' and vim.fn.getcmdwintype() == ''
end

--- Call `next_one` when no key was typed for a while.
local function when_quiet()
  timer = timer or assert(vim.uv.new_timer())
  -- Keys are listened to for as long as something waits.
  keys = keys or vim.on_key(function()
    timer:start(M.PAUSE, 0, vim.schedule_wrap(next_one))
  end)
  timer:start(M.PAUSE, 0, vim.schedule_wrap(next_one))
end

local function stop_listening()
  if keys then
    vim.on_key(nil, keys)
    keys = nil
    timer:stop()
  end
end

--- Say whether a question still has to be answered: an agent's may have been, in the sessions buffer or elsewhere.
---@param prompt agent_orchestrator.Prompt
---@param done fun(open: boolean)
local function look(prompt, done)
  local by = vim.lsp.get_client_by_id(prompt.client)
  if not by or not prompt.message:find(' asks: ', 1, true) then
    return done(true)
  end
  client.send(by, protocol.Message.sessions, { closed = true }, function(_, answer)
    local answered = false
    for _, row in ipairs(answer and answer.sessions or {}) do
      if vim.startswith(prompt.message, ('%s: %s asks: '):format(row.title, row.agent)) then
        if #row.asks > 0 then
          return done(true)
        end
        answered = true
      end
    end
    done(not answered)
  end)
end

local function is_free()
  -- Scripts (`nvim -l`) have no mode to wait for.
  return #vim.api.nvim_list_uis() == 0 or is_normal()
end

---@param prompt agent_orchestrator.Prompt
local function show(prompt)
  vim.ui.select(prompt.actions, {
    kind = 'agent_orchestrator',
    prompt = prompt.message,
    format_item = function(action)
      return (action.title:gsub('%s+', ' '))
    end,
  }, function(choice)
    shown = false
    prompt.answer(choice)
    M.later()
  end)
end

next_one = function()
  if shown then
    return
  end
  if #waiting == 0 then
    return stop_listening()
  end
  -- The key that leaves another mode starts the time again.
  if not is_free() then
    return
  end
  stop_listening()
  local prompt = table.remove(waiting, 1)
  shown = true
  look(prompt, function(open)
    if open and is_free() then
      return show(prompt)
    end
    shown = false
    if open then
      table.insert(waiting, 1, prompt)
    else
      prompt.answer(nil)
    end
    M.later()
  end)
end

--- Show what waits, at the next occasion.
function M.later()
  if #vim.api.nvim_list_uis() > 0 then
    when_quiet()
  else
    vim.schedule(next_one)
  end
end

--- Answers `window/showMessageRequest`.
---@param err lsp.ResponseError?
---@param params lsp.ShowMessageRequestParams
---@param context lsp.HandlerContext
function M.handler(err, params, context)
  local running, is_main = coroutine.running()
  if not next(params.actions or {}) or not running or is_main then
    return vim.lsp.handlers['window/showMessageRequest'](err, params, context)
  end
  if not require('agent_orchestrator.config').get().prompts then
    vim.notify('ao: ' .. params.message, vim.log.levels.WARN)
    return vim.NIL
  end
  table.insert(waiting, {
    client = context.client_id,
    message = params.message,
    actions = params.actions,
    answer = function(choice)
      -- Not before the coroutine waits: a picker may answer at once.
      vim.schedule(function()
        coroutine.resume(running, choice or vim.NIL)
      end)
    end,
  })
  M.later()
  return coroutine.yield()
end

return M
