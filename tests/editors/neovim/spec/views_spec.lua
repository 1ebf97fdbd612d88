local fake = dofile(vim.fs.dirname(vim.env.SPECS) .. '/fake.lua')

local DIFF = {
  'diff --git a/a.py b/a.py',
  '--- a/a.py',
  '+++ b/a.py',
  '@@ -10,3 +10,4 @@ def f():',
  ' one',
  '-two',
  '+zwei',
  '+drei',
  ' four',
}

describe('a line of a diff', function()
  local place = require('agent_orchestrator.review').place

  it('is at a place of the new file', function()
    assert.same({ 'a.py', 10 }, { place(DIFF, 5) })
    assert.same({ 'a.py', 12 }, { place(DIFF, 8) })
    assert.same({ 'a.py', 13 }, { place(DIFF, 9) })
  end)

  it('that was removed is where the next one is', function()
    assert.same({ 'a.py', 11 }, { place(DIFF, 6) })
  end)

  it('of a file that is gone is of no other one', function()
    local lines = vim.list_extend(vim.list_slice(DIFF), {
      'diff --git a/old.py b/old.py',
      'deleted file mode 100644',
      '--- a/old.py',
      '+++ /dev/null',
      '@@ -1 +0,0 @@',
      '-old',
    })
    assert.same({ 'old.py', 1 }, { place(lines, 15) })
  end)

  it('that looks like the name of a file is none', function()
    local lines = vim.list_extend(vim.list_slice(DIFF, 1, 8), { '+++ b/no.py', '--- a/no.py', ' four' })
    assert.same({ 'a.py', 14 }, { place(lines, 11) })
  end)

  it('is of a file whatever that is called', function()
    for written, path in pairs({
      ['b/with space\t'] = 'with space',
      [ [["b/\303\251\"\\101\n1"]] ] = 'é"\\101\n1',
      ['b/-dash'] = '-dash',
      ['b/b/b'] = 'b/b',
    }) do
      local lines = { 'diff --git', '--- /dev/null', '+++ ' .. written, '@@ -0,0 +1 @@', '+x' }
      assert.same({ path, 1 }, { place(lines, 5) })
    end
  end)

  it('above all hunks is at the beginning, or nowhere', function()
    assert.same({ 'a.py', 1 }, { place(DIFF, 3) })
    assert.same({}, { place(DIFF, 1) })
  end)
end)

describe('with a server', function()
  local server
  local state = require('agent_orchestrator.state')

  after_each(function()
    server.stop()
    state.rows = {}
    vim.fn.setqflist({})
    vim.cmd('silent! only | silent! %bwipeout!')
  end)

  it('a diff opens in a tab, and its lines lead to the worktree', function()
    local folder = vim.fn.tempname()
    vim.fn.mkdir(folder, 'p')
    vim.fn.writefile(vim.fn['repeat']({ 'x' }, 20), folder .. '/a.py')
    state.rows = { fake.row('app-1', { workspacePath = folder }) }
    server = fake.start({ ['ao.diff'] = { text = table.concat(DIFF, '\n') .. '\n' } })
    require('agent_orchestrator').run('diff', { 'app-1' })
    assert.equal('diff', vim.bo.filetype)
    assert.same(DIFF, vim.api.nvim_buf_get_lines(0, 0, -1, false))
    assert.equal(2, #vim.api.nvim_list_tabpages())
    vim.api.nvim_win_set_cursor(0, { 8, 0 })
    vim.api.nvim_feedkeys(vim.keycode('<CR>'), 'xm', false)
    assert.equal(folder .. '/a.py', vim.api.nvim_buf_get_name(0))
    assert.equal(12, vim.api.nvim_win_get_cursor(0)[1])
  end)

  describe('both sides of a file', function()
    local folder, said

    --- Open the diff of a session that changed one file, and press the key on its line 12.
    local function compare(file)
      server = fake.start({ ['ao.diff'] = { text = table.concat(DIFF, '\n') .. '\n', files = { file } } })
      local notify = vim.notify
      vim.notify = function(text)
        said = text
      end
      finally(function()
        vim.notify = notify
      end)
      require('agent_orchestrator').run('diff', { 'app-1' })
      vim.api.nvim_win_set_cursor(0, { 8, 0 })
      vim.api.nvim_feedkeys('D', 'xm', false)
    end

    --- A file of the server's (to read only) or of the worktree.
    local function write(name, lines, mode)
      local path = folder .. '/' .. name
      vim.fn.writefile(lines, path)
      assert(vim.uv.fs_chmod(path, mode))
      return path
    end

    --- Of each window of the tab: its lines, whether it is compared, and whether it can be changed.
    local function shown()
      return vim.tbl_map(function(window)
        local buf = vim.api.nvim_win_get_buf(window)
        return { vim.api.nvim_buf_get_lines(buf, 0, -1, false), vim.wo[window].diff, vim.bo[buf].modifiable }
      end, vim.api.nvim_tabpage_list_wins(0))
    end

    before_each(function()
      said = nil
      folder = vim.uv.fs_realpath(vim.fn.fnamemodify(vim.fn.tempname(), ':h')) .. "/it's 100% #1 `$(x)`"
      vim.fn.mkdir(folder, 'p')
    end)

    it('are two windows, and the worktree is the one that can be changed', function()
      local base, head = vim.fn['repeat']({ 'x' }, 20), vim.fn['repeat']({ 'y' }, 20)
      compare({
        path = 'a.py',
        status = 'changed',
        base = write('base.py', base, 256),
        head = write('head.py', head, 420),
      })
      assert.same({ { base, true, false }, { head, true, true } }, shown())
      assert.equal(folder .. '/head.py', vim.api.nvim_buf_get_name(0))
      assert.equal(12, vim.api.nvim_win_get_cursor(0)[1])
      assert.equal('app-1', require('agent_orchestrator.pick').here())
      assert.equal(3, #vim.api.nvim_list_tabpages())
      vim.cmd('wincmd h')
      vim.api.nvim_feedkeys('q', 'xm', false)
      assert.equal(2, #vim.api.nvim_list_tabpages())
    end)

    it('are one and nothing where it was added or is gone', function()
      compare({ path = 'a.py', status = 'added', base = '', head = write('head.py', { 'y' }, 256) })
      assert.same({ { { '' }, true, false }, { { 'y' }, true, false } }, shown())
    end)

    it('are not shown where there is none', function()
      compare({ path = 'a.py', status = 'changed', base = '', head = '' })
      assert.equal('ao: a.py can not be shown: it is no file, or too large', said)
      assert.equal(2, #vim.api.nvim_list_tabpages())
    end)

    it('are not those of another file', function()
      compare({ path = 'b.py', status = 'changed', base = '', head = '' })
      assert.equal('ao: there is no such file', said)
    end)
  end)

  it('a log grows under a cursor at its end', function()
    local output = 'one\n'
    server = fake.start({
      ['ao.logs'] = function(given)
        local from = given.offset or 0
        return { text = output:sub(from + 1), offset = #output, turn = 1, ended = false }
      end,
    })
    require('agent_orchestrator').run('log', { 'app-1' })
    assert.same({ 'one', '' }, vim.api.nvim_buf_get_lines(0, 0, -1, false))
    output = output .. 'two\nthree\n'
    vim.api.nvim_exec_autocmds('User', { pattern = 'AgentOrchestratorChanged' })
    assert.same({ 'one', 'two', 'three', '' }, vim.api.nvim_buf_get_lines(0, 0, -1, false))
    assert.equal(4, vim.api.nvim_win_get_cursor(0)[1])
  end)

  it('what is red becomes a quickfix list with its owners', function()
    server = fake.start({
      ['ao.projects'] = { projects = { { id = 'app', path = '/project', checks = {} } } },
      ['ao/failures'] = {
        failures = {
          {
            project = 'app',
            path = 'a.py',
            line = 3,
            column = 0,
            check = 'unit',
            message = 'No.\nMore',
            session = 'app-1',
            owner = 'working',
          },
        },
      },
    })
    require('agent_orchestrator').run('quickfix')
    local list = vim.fn.getqflist({ items = 0, title = 0 })
    assert.equal('ao: what is red', list.title)
    assert.equal('unit: No. [app-1 working]', list.items[1].text)
    assert.equal('/project/a.py', vim.api.nvim_buf_get_name(list.items[1].bufnr))
    assert.same({ 3, 1, 'E' }, { list.items[1].lnum, list.items[1].col, list.items[1].type })
  end)

  it('the status line counts, and is told when something changes', function()
    server = fake.start({
      ['ao/sessions'] = { sessions = { fake.row('app-1', { state = 'waiting' }), fake.row('app-2') } },
    })
    local component = require('agent_orchestrator').statusline
    assert.equal('ao', component())
    local redrawn = false
    vim.api.nvim_create_autocmd('User', {
      pattern = 'AgentOrchestratorChanged',
      once = true,
      callback = function()
        redrawn = true
      end,
    })
    state.changed({ revision = 1, sessions = 2, failures = 3 }, server.id)
    assert.equal('ao: 1 need you, 1 at work, 3 red', component())
    assert.is_true(redrawn)
  end)

  it('the status line counts what is red in all projects', function()
    server = fake.start({})
    local other = fake.start({})
    state.changed({ revision = 1, sessions = 0, failures = 3 }, server.id)
    state.changed({ revision = 1, sessions = 0, failures = 1 }, other.id)
    assert.equal(4, state.red())
    other.stop()
    assert.equal(3, state.red())
  end)

  it('health says what there is', function()
    server = fake.start({
      ['ao.doctor'] = { findings = { { level = 'warn', what = 'gh', found = 'not there', advice = 'install gh' } } },
    })
    vim.cmd('checkhealth agent_orchestrator')
    local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
    assert.matches('git version', text)
    assert.matches('the configuration is right', text)
    assert.matches('WARNING gh: not there', text)
  end)
end)

describe('without a server', function()
  it('the status line is empty', function()
    assert.equal('', require('agent_orchestrator').statusline())
  end)
end)
