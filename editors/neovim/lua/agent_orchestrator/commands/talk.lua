--- Subcommands about what is said at pull requests. `:Ao pulls {pull}` shows the ids that they take.
local client = require('agent_orchestrator.client')
local pick = require('agent_orchestrator.pick')
local protocol = require('agent_orchestrator.protocol')
local pulls = require('agent_orchestrator.pull')

local Command = protocol.Command

--- The threads of a pull request that are open.
---@param pull string
---@return string[]
local function threads(pull)
  return pulls.said(pull, function(comment)
    return not comment.resolved and comment.thread or nil
  end)
end

--- The comments of a pull request, or those that reach no agent.
---@param held boolean
---@return fun(pull: string): string[]
local function comments(held)
  return function(pull)
    return pulls.said(pull, function(comment)
      return not (held and comment.heard) and comment.id or nil
    end)
  end
end

--- Those who speak in the conversations that are open.
---@return string[]
local function authors()
  local answer = client.wait(protocol.Message.threads, vim.empty_dict())
  local found = {}
  for _, thread in ipairs(answer and answer.threads or {}) do
    for _, comment in ipairs(thread.comments) do
      if not comment.mine and not vim.tbl_contains(found, comment.author) then
        table.insert(found, comment.author)
      end
    end
  end
  return found
end

--- A subcommand about a part of what is said at a pull request.
---@param about string
---@param what string How the part is called.
---@param complete fun(pull: string): string[]
---@param run fun(params: table, id: string, given: agent_orchestrator.Given)
---@return agent_orchestrator.Subcommand
local function of_part(about, what, complete, run)
  return pulls.subcommand(about, function(pull, rest, given)
    if not rest[1] then
      return client.fail(('name the %s: `:Ao pulls %s` shows it'):format(what, pull))
    end
    run({ path = client.root(), pull = pull }, rest[1], given)
  end, complete)
end

---@type table<string, agent_orchestrator.Subcommand>
return {
  reply = of_part('Answer in a thread of a pull request', 'thread', threads, function(params, thread, given)
    local function reply(text)
      client.command(Command.commentReply, vim.tbl_extend('error', params, { thread = thread, text = text }))
    end
    local text = pulls.text_after(given, 2)
    if text ~= '' then
      return reply(text)
    end
    pick.text('Answer: ', reply)
  end),
  resolve = of_part('Mark a thread of a pull request as resolved', 'thread', threads, function(params, thread)
    client.command(Command.commentResolve, vim.tbl_extend('error', params, { thread = thread }))
  end),
  allow_comment = of_part(
    'Let a comment reach agents; with `!` everything that its author says',
    'comment',
    comments(true),
    function(params, id, given)
      local always = given.bang or false
      client.command(Command.commentAllow, vim.tbl_extend('error', params, { comment = id, always = always }))
    end
  ),
  send_comment = of_part(
    "Tell the agent of a pull request's session what was said",
    'comment',
    comments(false),
    function(params, id)
      client.command(Command.commentSend, vim.tbl_extend('error', params, { comment = id }))
    end
  ),
  ignore_author = {
    about = 'Hear nothing of somebody at pull requests any more; with `!` again',
    complete = function(words)
      return #words == 0 and authors() or {}
    end,
    run = function(given)
      if not given.args[1] then
        return client.fail('name the person, by the login')
      end
      local params = { path = client.root(), author = given.args[1], ignored = not given.bang }
      client.command(Command.authorIgnore, params)
    end,
  },
}
