--- Subcommands about pull requests and issues: what CI and reviewers say in files has code actions of its own.
local client = require('agent_orchestrator.client')
local pick = require('agent_orchestrator.pick')
local protocol = require('agent_orchestrator.protocol')
local pulls = require('agent_orchestrator.pull')

local Command = protocol.Command

--- Show what was asked for in a window of its own.
---@param name string
---@param title string
---@param lines string[]
local function show(name, title, lines)
  require('agent_orchestrator.windows').text(name, vim.list_extend({ title, '' }, lines), 'markdown', 'botright')
end

--- A command about a pull request, with a check of it where one is named.
---@param id ao.Command
---@param about string
---@return agent_orchestrator.Subcommand
local function of_check(id, about)
  return pulls.subcommand(about, function(pull, rest)
    client.command(id, { path = client.root(), pull = pull, check = table.concat(rest, ' ') })
  end)
end

--- A command about a pull request that takes nothing more.
---@param id ao.Command
---@param about string
---@return agent_orchestrator.Subcommand
local function of_pull(id, about)
  return pulls.subcommand(about, function(pull)
    client.command(id, { path = client.root(), pull = pull })
  end)
end

---@type table<string, agent_orchestrator.Subcommand>
return {
  pulls = {
    about = 'The pull requests that are followed, and how they stand; or one, with what is said at it',
    complete = function(words)
      return #words == 0 and pulls.numbers() or {}
    end,
    run = function(given)
      local pull = given.args[1]
      client.command(Command.pulls, { path = client.root(), pull = pull }, function(answer)
        for _, notice in ipairs(answer.notices or {}) do
          client.say(notice, vim.log.levels.WARN)
        end
        if pull then
          return show('ao://pulls/' .. pull, '# Pull request', pulls.page(answer))
        end
        show('ao://pulls', '# Pull requests', vim.tbl_map(pulls.line, answer.pulls))
      end)
    end,
  },
  open_pr = {
    about = 'Open the pull request of its proven work; with `!` as a draft',
    complete = function(words)
      return #words == 0 and require('agent_orchestrator.state').ids() or {}
    end,
    run = function(given)
      pick.session(given.args[1], { prompt = 'open the pull request of' }, function(session)
        client.command(Command.pullOpen, { session = session, draft = given.bang or false })
      end)
    end,
  },
  claim_pr = pulls.subcommand('Go on with a pull request in a session of its own', function(pull, _, given)
    client.command(Command.pullClaim, { path = client.root(), pull = pull, task = pulls.text_after(given, 1) })
  end),
  merge_pr = pulls.subcommand(
    'Merge a pull request at the head that was seen; with `!` also without checks',
    function(pull, _, given)
      client.command(Command.pullMerge, { path = client.root(), pull = pull, noChecks = given.bang or false })
    end
  ),
  close_pr = of_pull(Command.pullClose, 'Close a pull request unmerged'),
  fix_ci = of_check(Command.ciFix, 'Have an agent mend what CI found in a pull request'),
  ci_log = of_check(Command.ciLog, 'The end of the logs of failed checks of a pull request'),
  rerun_ci = of_pull(Command.ciRerun, 'Run the failed jobs of a pull request again'),
  issues = {
    about = 'The issues that wait, and who works on which',
    run = function()
      client.command(Command.issues, { path = client.root() }, function(answer)
        if answer.problem ~= '' then
          client.say(answer.problem, vim.log.levels.WARN)
        end
        local lines = vim.tbl_map(function(issue)
          local who = issue.session ~= '' and issue.session .. ': ' or ''
          local said = ('%s, %s%s'):format(issue.state, who, issue.detail)
          return ('- %s  %s  (%s)  %s'):format(issue.key, issue.title, said, issue.url)
        end, answer.issues)
        if answer.intake ~= '' then
          vim.list_extend(lines, { '', ('Given to agents by themselves: those %s.'):format(answer.intake) })
        end
        show('ao://issues', '# Issues', lines)
      end)
    end,
  },
}
