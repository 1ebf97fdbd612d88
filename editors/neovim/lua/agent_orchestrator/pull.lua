--- Pull requests as they are named, asked for and shown.
local client = require('agent_orchestrator.client')
local protocol = require('agent_orchestrator.protocol')

local M = {}

--- What is known of the pull requests, or of one with what is said at it: for completion only.
---@param pull? string
---@return ao.Pulls?
local function known(pull)
  local given = { path = client.root(), pull = pull }
  return client.wait('workspace/executeCommand', { command = protocol.Command.pulls, arguments = { given } })
end

--- The numbers of the pull requests that are open.
---@return string[]
function M.numbers()
  local answer = known()
  local found = {}
  for _, pull in ipairs(answer and answer.pulls or {}) do
    if pull.state == 'open' then
      table.insert(found, tostring(pull.number))
    end
  end
  return found
end

--- What of the comments of a pull request is named, each once.
---@param pull string
---@param name fun(comment: ao.CommentRow): string? nil: it is not to be named.
---@return string[]
function M.said(pull, name)
  local answer = known(pull)
  local found = {}
  for _, comment in ipairs(answer and answer.comments or {}) do
    local id = name(comment)
    if id and id ~= '' and not vim.tbl_contains(found, id) then
      table.insert(found, id)
    end
  end
  return found
end

--- A subcommand about a pull request that is named by its number or address.
---@param about string
---@param run fun(pull: string, rest: string[], given: agent_orchestrator.Given)
---@param complete? fun(pull: string): string[] What the word after it can be.
---@return agent_orchestrator.Subcommand
function M.subcommand(about, run, complete)
  return {
    about = about,
    complete = function(words)
      if #words == 0 then
        return M.numbers()
      end
      return #words == 1 and complete and complete(words[1]) or {}
    end,
    run = function(given)
      if not given.args[1] then
        return client.fail('name the pull request, by its number')
      end
      run(given.args[1], vim.list_slice(given.args, 2), given)
    end,
  }
end

--- A text after some words, as it was typed.
---@param given agent_orchestrator.Given
---@param words integer
---@return string
function M.text_after(given, words)
  local text = given.text
  for _ = 1, words do
    text = text:gsub('^%s*%S+', '', 1)
  end
  return vim.trim(text)
end

--- Words that are there, with commas between them.
---@param words string[]
---@return string
local function joined(words)
  local there = vim.tbl_filter(function(word)
    return word ~= ''
  end, words)
  return table.concat(there, ', ')
end

--- A pull request in a line.
---@param pull ao.PullRow
---@return string
function M.line(pull)
  local said = joined({ pull.state, 'CI ' .. pull.ci, pull.decision, pull.session })
  return ('- #%d  %s  (%s)  %s'):format(pull.number, pull.title, said, pull.url)
end

--- What CI found in one, and what is said at it, with the ids that other subcommands take.
---@param answer ao.Pulls
---@return string[]
function M.page(answer)
  local lines = vim.tbl_map(M.line, answer.pulls)
  for _, found in ipairs(answer.failures or {}) do
    local place = found.path ~= '' and ('%s:%d: '):format(found.path, found.line) or ''
    table.insert(lines, ('    %s%s'):format(place, vim.split(found.message, '\n')[1]))
  end
  for _, comment in ipairs(answer.comments or {}) do
    local place = comment.path ~= '' and ('%s:%d'):format(comment.path, comment.line) or ''
    local held = comment.heard and '' or 'held: reaches no agent'
    local said = joined({ place, comment.verdict, comment.resolved and 'resolved' or '', held })
    vim.list_extend(lines, { '', ('## @%s  %s'):format(comment.author, said) })
    local thread = comment.thread ~= '' and '  thread ' .. comment.thread or ''
    table.insert(lines, ('comment %s%s'):format(comment.id, thread))
    vim.list_extend(lines, vim.split(comment.text, '\n'))
  end
  return lines
end

return M
