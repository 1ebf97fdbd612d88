--- What the server asks. A prompt takes the keyboard: it is shown in normal mode, one at a time and when no key was
--- typed for a moment, so that nothing that the person types answers it.
local M = {}

---@class agent_orchestrator.Prompt
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

next_one = function()
  if shown then
    return
  end
  if #waiting == 0 then
    return stop_listening()
  end
  -- Scripts (`nvim -l`) have no mode to wait for. The key that leaves another mode starts the time again.
  if #vim.api.nvim_list_uis() > 0 and not is_normal() then
    return
  end
  stop_listening()
  local prompt = table.remove(waiting, 1)
  shown = true
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
