--- Answering what an agent asks.
local client = require('agent_orchestrator.client')
local pick = require('agent_orchestrator.pick')
local protocol = require('agent_orchestrator.protocol')

local M = {}

local OWN_WORDS = 'Answer in your own words …'

---@param ask ao.AskRow
---@return string
function M.question(ask)
  local about = table.concat(ask.subjects, ', ')
  return about ~= '' and ('%s (%s %s)'):format(ask.text, ask.tool, about) or ask.text
end

---@param session string
---@param ask ao.AskRow
---@param option string
---@param text? string
local function give(session, ask, option, text)
  client.command(protocol.Command.answer, { session = session, ask = ask.id, option = option, text = text or '' })
end

--- Let the person choose among what the agent offers.
---@param session string
---@param ask ao.AskRow
local function choose(session, ask)
  local items = vim.list_extend({}, ask.options)
  if ask.free then
    table.insert(items, { id = '', label = OWN_WORDS })
  end
  vim.ui.select(items, {
    prompt = ('%s asks: %s'):format(session, M.question(ask)),
    format_item = function(item)
      return item.label
    end,
  }, function(item)
    if item and item.id == '' then
      pick.text(M.question(ask) .. ' ', function(text)
        give(session, ask, '', text)
      end)
    elseif item then
      give(session, ask, item.id)
    end
  end)
end

--- Answer a session: with an option and words, or by choosing.
---@param session string? nil: the one under the cursor, the only one that asks, or one that is chosen.
---@param option? string
---@param text? string
function M.run(session, option, text)
  if session and option then
    return client.command(protocol.Command.answer, { session = session, option = option, text = text or '' })
  end
  pick.rows(false, function(row)
    return #row.asks > 0
  end, function(rows)
    local named = session or pick.here()
    local function open(id)
      for _, row in ipairs(rows) do
        if row.id == id then
          return choose(id, row.asks[1])
        end
      end
      client.say(id .. ' asks nothing')
    end
    if named then
      open(named)
    elseif #rows == 1 then
      open(rows[1].id)
    else
      pick.choose('answer', rows, open)
    end
  end)
end

return M
