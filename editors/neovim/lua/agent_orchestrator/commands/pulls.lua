--- Subcommands about pull requests: what CI and reviewers say in files has code actions of its own.
local client = require('agent_orchestrator.client')
local protocol = require('agent_orchestrator.protocol')

local Command = protocol.Command

--- The numbers of the pull requests that are open.
---@return string[]
local function numbers()
  local params = { command = Command.pulls, arguments = { { path = client.root() } } }
  local answer = client.wait('workspace/executeCommand', params)
  local found = {}
  for _, pull in ipairs(answer and answer.pulls or {}) do
    if pull.state == 'open' then
      table.insert(found, tostring(pull.number))
    end
  end
  return found
end

--- Run a command about a pull request that is named by its number or address.
---@param about string
---@param run fun(pull: string, rest: string[])
---@return agent_orchestrator.Subcommand
local function of_pull(about, run)
  return {
    about = about,
    complete = function(words)
      return #words == 0 and numbers() or {}
    end,
    run = function(given)
      if not given.args[1] then
        return client.fail('name the pull request, by its number')
      end
      run(given.args[1], vim.list_slice(given.args, 2))
    end,
  }
end

--- The same with a check after it.
---@param id ao.Command
---@param about string
---@return agent_orchestrator.Subcommand
local function of_check(id, about)
  return of_pull(about, function(pull, rest)
    client.command(id, { path = client.root(), pull = pull, check = table.concat(rest, ' ') })
  end)
end

---@type table<string, agent_orchestrator.Subcommand>
return {
  pulls = {
    about = 'The pull requests that are followed, and how they stand',
    run = function()
      client.command(Command.pulls, { path = client.root() }, function(answer)
        local lines = { '# Pull requests', '' }
        for _, pull in ipairs(answer.pulls) do
          local facts = { pull.state, 'CI ' .. pull.ci, pull.decision, pull.session }
          local said = table.concat(
            vim.tbl_filter(function(fact)
              return fact ~= ''
            end, facts),
            ', '
          )
          table.insert(lines, ('- #%d  %s  (%s)  %s'):format(pull.number, pull.title, said, pull.url))
        end
        require('agent_orchestrator.windows').text('ao://pulls', lines, 'markdown', 'botright')
      end)
    end,
  },
  fix_ci = of_check(Command.ciFix, 'Have an agent mend what CI found in a pull request'),
  ci_log = of_check(Command.ciLog, 'The end of the logs of failed checks of a pull request'),
  rerun_ci = of_pull('Run the failed jobs of a pull request again', function(pull)
    client.command(Command.ciRerun, { path = client.root(), pull = pull })
  end),
}
