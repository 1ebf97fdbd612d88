--- Subcommands about a project or about all of them.
local client = require('agent_orchestrator.client')
local pick = require('agent_orchestrator.pick')
local protocol = require('agent_orchestrator.protocol')

local Command = protocol.Command

--- The checks of all projects.
---@return string[]
local function checks()
  local answer = client.wait('workspace/executeCommand', { command = Command.projects, arguments = {} })
  local found = {}
  for _, project in ipairs(answer and answer.projects or {}) do
    vim.list_extend(found, project.checks)
  end
  return found
end

--- A command about the project, or about all where the person says so.
---@param id ao.Command
---@param about string
---@return agent_orchestrator.Subcommand
local function of_projects(id, about)
  return {
    about = about,
    complete = function(words)
      return #words == 0 and { 'all' } or {}
    end,
    run = function(given)
      client.command(id, given.args[1] == 'all' and { all = true } or { path = client.root() })
    end,
  }
end

--- What can be done with a session that was chosen from a list.
local WHAT = { 'show', 'answer', 'send', 'diff', 'log', 'attach', 'land', 'interrupt', 'quiet', 'stop', 'restore' }

---@param session string
local function choose_what(session)
  local commands = require('agent_orchestrator.commands')
  vim.ui.select(WHAT, {
    prompt = session,
    format_item = function(name)
      return commands.all()[name].about
    end,
  }, function(name)
    if name then
      commands.call(name, { args = { session }, text = session })
    end
  end)
end

---@type table<string, agent_orchestrator.Subcommand>
return {
  hunt = {
    about = 'Give everything that is red, or what these checks find, to agents',
    complete = checks,
    run = function(given)
      client.command(Command.hunt, { checks = given.args, path = client.root() }, function(answer)
        for _, notice in ipairs(answer.notices) do
          client.say(notice, vim.log.levels.WARN)
        end
        local hunt = answer.hunt ---@type ao.HuntRow?
        if hunt then
          client.say(('the hunt has begun: %s'):format(hunt.phase))
        end
      end)
    end,
  },
  new = {
    about = 'Give an agent a task, in your own words',
    run = function(given)
      local function spawn(task)
        client.command(Command.spawn, { task = task, path = client.root() })
      end
      if given.text ~= '' then
        return spawn(given.text)
      end
      pick.text('Task: ', spawn)
    end,
  },
  check = {
    about = 'Run the checks, or these, in your checkout',
    complete = checks,
    run = function(given)
      client.command(Command.check, { checks = given.args, path = client.root() }, function(answer)
        local red = #answer.failures
        client.say(red == 0 and 'nothing is red' or ('%d red'):format(red))
      end)
    end,
  },
  sessions = {
    about = 'The sessions, in a buffer that follows them',
    run = function()
      require('agent_orchestrator.sheet').open()
    end,
  },
  pick = {
    about = 'Choose a session from a list, or take this one, and what to do with it',
    complete = function(words)
      return #words == 0 and require('agent_orchestrator.state').ids() or {}
    end,
    run = function(given)
      if given.args[1] then
        return choose_what(given.args[1])
      end
      pick.rows(false, nil, function(rows)
        pick.choose('open', rows, choose_what)
      end)
    end,
  },
  status = {
    about = 'What every session does, in a few lines',
    run = function()
      pick.rows(false, nil, function(rows)
        local lines = vim.tbl_map(function(row)
          return { pick.label(row) .. '\n', row.state == 'waiting' and 'WarningMsg' or nil }
        end, rows)
        vim.api.nvim_echo(#lines > 0 and lines or { { 'ao: no sessions' } }, false, {})
      end)
    end,
  },
  quickfix = {
    about = 'What is red, as a quickfix list',
    run = function()
      require('agent_orchestrator.quickfix').open()
    end,
  },
  pause = of_projects(Command.pause, 'Start nothing new in this project, or in all'),
  resume = of_projects(Command.resume, 'Go on in this project, or in all'),
  queue = {
    about = 'The landing queue and the last landings',
    run = function()
      client.command(Command.queue, { path = client.root() }, function(answer)
        local lines = { '# Landing queue', '' }
        for _, entry in ipairs(answer.entries) do
          table.insert(lines, ('%d. %s  %s  %s'):format(entry.position, entry.session, entry.state, entry.title))
        end
        vim.list_extend(lines, { '', '# Landed', '' })
        for _, landing in ipairs(answer.landings) do
          table.insert(lines, ('- %s  %s  %s'):format(landing.commit:sub(1, 7), landing.session, landing.title))
        end
        require('agent_orchestrator.windows').text('ao://queue', lines, 'markdown', 'botright')
      end)
    end,
  },
  trust = {
    about = 'Allow what the project runs, as it is configured now',
    run = function()
      client.command(Command.trust, { path = client.root() })
    end,
  },
  doctor = {
    about = 'What the daemon lacks, with advice',
    run = function()
      vim.cmd('checkhealth agent_orchestrator')
    end,
  },
}
