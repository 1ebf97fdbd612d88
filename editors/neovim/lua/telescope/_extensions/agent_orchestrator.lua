--- `:Telescope agent_orchestrator sessions` and `… failures`. Telescope loads this file when it is asked for.
local actions = require('telescope.actions')
local chosen = require('telescope.actions.state')
local finders = require('telescope.finders')
local pickers = require('telescope.pickers')
local values = require('telescope.config').values

--- The sessions; to choose one asks what to do with it. `closed = true`: also those that are over.
---@param options? table
local function sessions(options)
  options = options or {}
  local pick = require('agent_orchestrator.pick')
  pick.rows(options.closed or false, nil, function(rows)
    local function entry(row)
      local label = pick.label(row)
      return { value = row, display = label, ordinal = label }
    end
    local function attach(buf)
      actions.select_default:replace(function()
        actions.close(buf)
        local found = chosen.get_selected_entry()
        if found then
          require('agent_orchestrator').run('pick', { found.value.id })
        end
      end)
      return true
    end
    pickers
      .new(options, {
        prompt_title = 'Sessions',
        finder = finders.new_table({ results = rows, entry_maker = entry }),
        sorter = values.generic_sorter(options),
        attach_mappings = attach,
      })
      :find()
  end)
end

--- What is red; to choose it goes there.
---@param options? table
local function failures(options)
  options = options or {}
  require('agent_orchestrator.quickfix').items(function(items)
    local function entry(item)
      local text = ('%s:%d %s'):format(item.filename, item.lnum, item.text)
      return vim.tbl_extend('error', item, { value = item, display = text, ordinal = text })
    end
    pickers
      .new(options, {
        prompt_title = 'What is red',
        finder = finders.new_table({ results = items, entry_maker = entry }),
        previewer = values.grep_previewer(options),
        sorter = values.generic_sorter(options),
      })
      :find()
  end)
end

return require('telescope').register_extension({ exports = { sessions = sessions, failures = failures } })
