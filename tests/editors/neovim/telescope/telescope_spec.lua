local fake = dofile(vim.fs.dirname(vim.env.SPECS) .. '/fake.lua')

describe('in Telescope', function()
  local server

  --- Open one of our pickers, and wait until it shows something.
  local function open(name)
    vim.cmd('Telescope agent_orchestrator ' .. name)
    local results
    assert.is_true(vim.wait(5000, function()
      local state = require('telescope.actions.state')
      local found, picker = pcall(state.get_current_picker, vim.api.nvim_get_current_buf())
      results = found and picker and picker.manager and picker.manager:num_results() > 0 and picker.manager or nil
      return results ~= nil and state.get_selected_entry() ~= nil
    end, 10))
    local lines = {}
    for entry in results:iter() do
      table.insert(lines, entry.display)
    end
    return lines
  end

  local function choose()
    require('telescope.actions').select_default(vim.api.nvim_get_current_buf())
  end

  after_each(function()
    server.stop()
    vim.cmd('stopinsert | silent! only | silent! %bwipeout!')
  end)

  it('a session is chosen, and then what to do with it', function()
    server = fake.start({ ['ao/sessions'] = { sessions = { fake.row('app-1'), fake.row('app-2') } } })
    assert.same({ 'app-1  working  Fix app-1', 'app-2  working  Fix app-2' }, open('sessions'))
    local asked
    local select = vim.ui.select
    vim.ui.select = function(_, options)
      asked = options.prompt
    end
    finally(function()
      vim.ui.select = select
    end)
    choose()
    assert.equal('app-1', asked)
  end)

  it('sessions that are over are there where they are wanted', function()
    server = fake.start({ ['ao/sessions'] = { sessions = { fake.row('app-1') } } })
    open('sessions closed=true')
    assert.same({ closed = true }, server.given('ao/sessions'))
  end)

  it('what is red leads to its place', function()
    local file = vim.uv.fs_realpath(vim.fn.fnamemodify(vim.fn.tempname(), ':h')) .. '/a.py'
    vim.fn.writefile(vim.fn['repeat']({ 'x = 1' }, 9), file)
    local row = { project = 'app', path = 'a.py', line = 3, column = 2, check = 'unit', message = 'No.', session = '' }
    server = fake.start({
      ['ao.projects'] = { projects = { { id = 'app', path = vim.fs.dirname(file), checks = {} } } },
      ['ao/failures'] = { failures = { row } },
    })
    assert.same({ file .. ':3 unit: No.' }, open('failures'))
    choose()
    assert.equal(file, vim.api.nvim_buf_get_name(0))
    assert.equal(3, vim.api.nvim_win_get_cursor(0)[1])
  end)
end)
