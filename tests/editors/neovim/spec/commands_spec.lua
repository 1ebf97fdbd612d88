local fake = dofile(vim.fs.dirname(vim.env.SPECS) .. '/fake.lua')

local function stub(name, value)
  local real = vim[name]
  vim[name] = value
  finally(function()
    vim[name] = real
  end)
end

describe(':Ao', function()
  local server, said

  before_each(function()
    said = {}
    vim.g.agent_orchestrator = { autostart = false }
    vim.g.loaded_agent_orchestrator = nil
    vim.cmd('runtime plugin/agent_orchestrator.lua')
  end)

  after_each(function()
    if server then
      server.stop()
      server = nil
    end
    require('agent_orchestrator.state').rows = {}
    vim.cmd('silent! tabonly | silent! %bwipeout!')
    vim.g.agent_orchestrator = nil
  end)

  local function listen()
    stub('notify', function(text)
      table.insert(said, text)
    end)
  end

  it('loads nothing before it is used', function()
    for name in pairs(package.loaded) do
      if vim.startswith(name, 'agent_orchestrator') then
        package.loaded[name] = nil
      end
    end
    vim.g.loaded_agent_orchestrator = nil
    vim.cmd('runtime plugin/agent_orchestrator.lua')
    for name in pairs(package.loaded) do
      assert.is_false(vim.startswith(name, 'agent_orchestrator'), name)
    end
  end)

  it('has a map for each of the keys of the sessions buffer, and sets no key itself', function()
    for _, key in ipairs(require('agent_orchestrator.sheet').KEYS) do
      if vim.startswith(key[2], '<Plug>') then
        assert.not_equal('', vim.fn.maparg(key[2], 'n'), key[2])
      end
    end
    for _, map in ipairs(vim.api.nvim_get_keymap('n')) do
      if (map.desc or ''):match('^ao ') then
        assert.matches('^<Plug>%(ao%-', map.lhs)
      end
    end
  end)

  it('completes its subcommands', function()
    assert.same({ 'send', 'sessions', 'show', 'status', 'stop' }, vim.fn.getcompletion('Ao s', 'cmdline'))
  end)

  it('completes sessions by id', function()
    server = fake.start({ ['ao/sessions'] = { sessions = { fake.row('app-1'), fake.row('app-2') } } })
    assert.same({ 'app-1', 'app-2' }, vim.fn.getcompletion('Ao send ', 'cmdline'))
    assert.same({ 'app-2' }, vim.fn.getcompletion('Ao send app-2', 'cmdline'))
    assert.same({}, vim.fn.getcompletion('Ao send app-2 ', 'cmdline'))
  end)

  it('completes checks', function()
    server = fake.start({ ['ao.projects'] = { projects = { { checks = { 'lint', 'unit' } } } } })
    assert.same({ 'lint', 'unit' }, vim.fn.getcompletion('Ao hunt ', 'cmdline'))
  end)

  it('says which subcommands there are', function()
    listen()
    vim.cmd('Ao fly')
    assert.matches('there is no `:Ao fly`; there are answer, attach, ', said[1])
  end)

  it('hands on a task as it was typed', function()
    listen()
    server = fake.start({ ['ao.spawn'] = { message = 'begun', id = 'x' } })
    vim.cmd('Ao new Say  "hello" | twice')
    assert.equal('Say  "hello" | twice', server.given('ao.spawn').task)
    assert.same({ 'ao: begun' }, said)
  end)

  it('asks for a task that is missing', function()
    listen()
    stub('ui', {
      input = function(_, done)
        done('Do it')
      end,
    })
    server = fake.start({})
    vim.cmd('Ao new')
    assert.equal('Do it', server.given('ao.spawn').task)
  end)

  it('gives what CI found to an agent, by the pull request and a check whose name may have blanks', function()
    local pulls = { { number = 12, state = 'open' }, { number = 9, state = 'merged' } }
    server = fake.start({ ['ao.pulls'] = { pulls = pulls } })
    assert.same({ '12' }, vim.fn.getcompletion('Ao fix_ci ', 'cmdline'))
    vim.cmd('Ao fix_ci 12 unit tests')
    local given = server.given('ao.ciFix')
    assert.same({ '12', 'unit tests' }, { given.pull, given.check })
  end)

  it('lists the pull requests with how they stand', function()
    local pull = {
      number = 12,
      title = 'Mend it',
      state = 'open',
      ci = 'failed',
      decision = '',
      session = 'app-1',
      url = 'u',
    }
    server = fake.start({ ['ao.pulls'] = { pulls = { pull } } })
    vim.cmd('Ao pulls')
    assert.same('- #12  Mend it  (open, CI failed, app-1)  u', vim.fn.getline(3))
  end)

  it('sends text to a session', function()
    server = fake.start({})
    vim.cmd('Ao send app-1 what  is it?')
    assert.same({ session = 'app-1', text = 'what  is it?' }, server.given('ao.send'))
  end)

  it('answers with an option and words', function()
    server = fake.start({})
    vim.cmd('Ao answer app-1 no not this one')
    assert.same({ session = 'app-1', option = 'no', text = 'not this one' }, server.given('ao.answer'))
  end)

  it('lets choose among what an agent offers, and takes own words where it does', function()
    local offered
    stub('ui', {
      select = function(items, options, done)
        offered = { options.prompt, vim.tbl_map(options.format_item, items) }
        done(items[#items], #items)
      end,
      input = function(_, done)
        done('blue')
      end,
    })
    local ask = {
      id = 'q',
      text = 'Which?',
      tool = '',
      subjects = {},
      free = true,
      options = { { id = 'r', label = 'Red' } },
    }
    server = fake.start({
      ['ao/sessions'] = { sessions = { fake.row('app-1'), fake.row('app-2', { asks = { ask } }) } },
    })
    vim.cmd('Ao answer')
    assert.same({ 'app-2 asks: Which?', { 'Red', 'Answer in your own words …' } }, offered)
    assert.same({ session = 'app-2', ask = 'q', option = '', text = 'blue' }, server.given('ao.answer'))
  end)

  it('ends the notifications of a session, and brings them back', function()
    listen()
    server = fake.start({
      ['ao/sessions'] = { sessions = { fake.row('app-1'), fake.row('app-2', { quiet = true }) } },
      ['ao.quiet'] = function(given)
        return { message = ('%s %s'):format(given.session, given.quiet) }
      end,
    })
    vim.cmd('Ao quiet app-1')
    vim.cmd('Ao quiet app-2')
    assert.same({ 'ao: app-1 true', 'ao: app-2 false' }, said)
    assert.same({ 'app-1', 'app-2' }, vim.fn.getcompletion('Ao quiet ', 'cmdline'))
  end)

  it('joins and interrupts only what runs', function()
    local offered
    stub('ui', {
      select = function(rows)
        offered = vim.tbl_map(function(row)
          return row.id
        end, rows)
      end,
    })
    local rows = { fake.row('app-1', { running = false }), fake.row('app-2'), fake.row('app-3', { state = 'waiting' }) }
    server = fake.start({ ['ao/sessions'] = { sessions = rows } })
    vim.cmd('Ao attach')
    assert.same({ 'app-2', 'app-3' }, offered)
  end)

  it('lands what is held only with a bang', function()
    server = fake.start({})
    vim.cmd('Ao land app-1')
    assert.same({ session = 'app-1', allow = false }, server.given('ao.land'))
    server.asked = {}
    vim.cmd('Ao! land app-1')
    assert.same({ session = 'app-1', allow = true }, server.given('ao.land'))
  end)

  it('means the session whose worktree the file lies in', function()
    local folder = vim.fn.tempname()
    vim.fn.mkdir(folder, 'p')
    require('agent_orchestrator.state').rows = { fake.row('app-1', { workspacePath = folder }) }
    server = fake.start({})
    vim.cmd.edit(folder .. '/a.txt')
    vim.cmd('Ao interrupt')
    assert.same({ session = 'app-1' }, server.given('ao.interrupt'))
  end)

  it('lets choose the session to stop, also when there is only one', function()
    stub('ui', {
      select = function(items, options, done)
        assert.equal('Stop which session?', options.prompt)
        done(items[1], 1)
      end,
    })
    server = fake.start({ ['ao/sessions'] = { sessions = { fake.row('app-1') } } })
    vim.cmd('Ao stop')
    assert.same({ session = 'app-1' }, server.given('ao.stop'))
  end)

  it('pauses the project, or all', function()
    server = fake.start({})
    vim.cmd('Ao pause')
    assert.same({ path = require('agent_orchestrator.client').root() }, server.given('ao.pause'))
    vim.cmd('Ao resume all')
    assert.same({ all = true }, server.given('ao.resume'))
  end)

  local function attach(env)
    server = fake.start({ ['ao.attach'] = { argv = { 'sh', '-c', 'echo "<$WORD>"; read x' }, env = env } })
    vim.cmd('Ao attach app-1')
    assert.equal('terminal', vim.bo.buftype)
    local function line()
      return vim.api.nvim_buf_get_lines(0, 0, 1, false)[1]
    end
    vim.wait(5000, function()
      return line() ~= ''
    end, 10)
    assert.equal(2, #vim.api.nvim_list_tabpages())
    vim.cmd.stopinsert()
    return line()
  end

  it('runs what attaches in a terminal, with the environment that it needs', function()
    assert.equal('<joined>', attach({ WORD = 'joined' }))
  end)

  it('runs what attaches without an environment of its own', function()
    assert.equal('<>', attach({}))
  end)
end)
