--- What the server asks. A prompt takes the keyboard: it is shown when the person is in normal mode and one at a time,
--- so that nothing that they type answers it.
local M = {}

---@class agent_orchestrator.Prompt
---@field message string
---@field actions lsp.MessageActionItem[]
---@field answer fun(choice: lsp.MessageActionItem?)

---@type agent_orchestrator.Prompt[]
local waiting = {}
local shown, listening = false, false

local next_one

local function listen()
  if listening then
    return
  end
  listening = true
  vim.api.nvim_create_autocmd('ModeChanged', {
    pattern = '*:n',
    once = true,
    callback = function()
      listening = false
      vim.schedule(next_one)
    end,
  })
end

local function is_normal()
  return vim.api.nvim_get_mode().mode == 'n' and vim.fn.getcmdwintype() == ''
end

next_one = function()
  if shown or #waiting == 0 then
    return
  end
  -- Scripts (`nvim -l`) have no mode to wait for.
  if #vim.api.nvim_list_uis() > 0 and not is_normal() then
    return listen()
  end
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
    vim.schedule(next_one)
  end)
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
  vim.schedule(next_one)
  return coroutine.yield()
end

return M
