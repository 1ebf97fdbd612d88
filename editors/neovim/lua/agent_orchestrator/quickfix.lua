--- What is red as a quickfix list: the failures of files that are not open too.
local client = require('agent_orchestrator.client')
local protocol = require('agent_orchestrator.protocol')

local M = {}

--- A failure as an entry of the list.
---@param row ao.FailureRow
---@param root string The project's folder.
---@return table
function M.item(row, root)
  local first = vim.split(row.message, '\n', { plain = true })[1]
  local owner = row.session ~= '' and (' [%s %s]'):format(row.session, row.owner) or ''
  return {
    filename = row.path ~= '' and vim.fs.joinpath(root, row.path) or root,
    lnum = math.max(row.line, 1),
    col = math.max(row.column, 1),
    type = row.checkoutOnly and 'I' or 'E',
    text = ('%s: %s%s'):format(row.check, first ~= '' and first or row.key, owner),
  }
end

--- Hand on what is red, as such entries.
---@param done fun(items: table[])
function M.items(done)
  client.command(protocol.Command.projects, nil, function(answer)
    local roots = {}
    for _, project in ipairs(answer.projects) do
      roots[project.id] = project.path
    end
    client.request(protocol.Message.failures, vim.empty_dict(), function(found)
      local items = {}
      for _, row in ipairs(found.failures) do
        table.insert(items, M.item(row, roots[row.project] or ''))
      end
      done(items)
    end)
  end)
end

--- Fill the list and open it.
function M.open()
  M.items(function(items)
    vim.fn.setqflist({}, ' ', { title = 'ao: what is red', items = items })
    if #items == 0 then
      return client.say('nothing is red')
    end
    vim.cmd('botright copen')
  end)
end

return M
