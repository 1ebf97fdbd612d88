--- Subcommands about one session: named, under the cursor, or chosen.
local client = require('agent_orchestrator.client')
local pick = require('agent_orchestrator.pick')
local protocol = require('agent_orchestrator.protocol')
local state = require('agent_orchestrator.state')

local Command = protocol.Command

---@param closed boolean
---@return fun(words: string[]): string[]
local function ids(closed)
  return function(words)
    return #words == 0 and state.ids(closed) or {}
  end
end

--- A subcommand that takes nothing but a session.
---@param about string
---@param wish agent_orchestrator.Wish
---@param run fun(session: string, given: agent_orchestrator.Given)
---@return agent_orchestrator.Subcommand
local function one(about, wish, run)
  return {
    about = about,
    complete = ids(wish.closed or false),
    run = function(given)
      pick.session(given.args[1], wish, function(session)
        run(session, given)
      end)
    end,
  }
end

--- One that carries out a command of the server and shows what it says.
---@param id ao.Command
---@param about string
---@param wish agent_orchestrator.Wish
---@return agent_orchestrator.Subcommand
local function command(id, about, wish)
  return one(about, wish, function(session)
    client.command(id, { session = session })
  end)
end

--- What a session's open questions can be answered with.
---@param words string[]
---@return string[]
local function options(words)
  if #words == 0 then
    return vim.tbl_filter(function(id)
      local row = state.row(id)
      return row ~= nil and #row.asks > 0
    end, state.ids())
  end
  local row = #words == 1 and state.row(words[1])
  return row and row.asks[1] and vim.tbl_map(function(option)
    return option.id
  end, row.asks[1].options) or {}
end

--- Has a session an agent that runs now?
---@param row ao.SessionRow
---@return boolean
local function is_running(row)
  return row.running
end

---@type table<string, agent_orchestrator.Subcommand>
return {
  attach = one(
    "Its agent's own screen, in a terminal",
    { prompt = 'attach to', wanted = is_running },
    function(session)
      client.command(Command.attach, { session = session }, function(answer)
        require('agent_orchestrator.windows').terminal(answer.argv, answer.env)
      end)
    end
  ),
  send = {
    about = 'Send its agent a message',
    complete = ids(false),
    run = function(given)
      pick.session(given.args[1], { prompt = 'send to' }, function(session)
        local text = vim.trim(given.text:gsub('^%S+', '', 1))
        local function send(said)
          client.command(Command.send, { session = session, text = said })
        end
        if text ~= '' then
          return send(text)
        end
        pick.text(('To %s: '):format(session), send)
      end)
    end,
  },
  answer = {
    about = 'Answer what its agent asks',
    complete = options,
    run = function(given)
      local text = table.concat(given.args, ' ', math.min(3, #given.args + 1))
      require('agent_orchestrator.answer').run(given.args[1], given.args[2], text)
    end,
  },
  show = one('Its facts and history', { prompt = 'show', closed = true }, function(session)
    require('agent_orchestrator.review').show(session)
  end),
  diff = one('What it changed, in a tab', { prompt = 'see the changes of', closed = true }, function(session)
    require('agent_orchestrator.review').diff(session)
  end),
  log = one('Its output, as it comes', { prompt = 'see the log of', closed = true }, function(session)
    require('agent_orchestrator.review').log(session)
  end),
  prompt = one('What its agent was told', { prompt = 'see the prompt of', closed = true }, function(session)
    require('agent_orchestrator.review').prompt(session)
  end),
  land = one(
    'Land its work through the gate; with `!` also what is held',
    { prompt = 'land' },
    function(session, given)
      client.command(Command.land, { session = session, allow = given.bang or false })
    end
  ),
  stop = command(Command.stop, 'Stop it; its work is saved', { prompt = 'stop' }),
  restore = command(Command.restore, 'Bring it back', {
    prompt = 'restore',
    closed = true,
    wanted = function(row)
      return row.landing == '' and row.state ~= 'working'
    end,
  }),
  interrupt = command(Command.interrupt, 'Interrupt its agent, which then waits', {
    prompt = 'interrupt',
    wanted = is_running,
  }),
  quiet = one('No notifications of it any more, or again', { prompt = 'quiet or notify of' }, function(session)
    -- As it is now: another editor may have changed it.
    pick.rows(false, function(row)
      return row.id == session and row.quiet
    end, function(rows)
      client.command(Command.quiet, { session = session, quiet = #rows == 0 })
    end)
  end),
  put_back = command(Command.putBack, 'Put back what it changed in your checkout', {
    prompt = 'put back what changed during',
    closed = true,
    wanted = function(row)
      return #row.outside > 0
    end,
  }),
  undo = one('Take its landing back, through the gate', {
    prompt = 'undo the landing of',
    closed = true,
    wanted = function(row)
      return row.landing ~= ''
    end,
  }, function(session)
    client.command(Command.undo, { landing = session, path = client.root() })
  end),
}
