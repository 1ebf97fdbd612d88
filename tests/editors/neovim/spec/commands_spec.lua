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
    assert.same(
      { 'send', 'send_comment', 'sessions', 'show', 'status', 'stop' },
      vim.fn.getcompletion('Ao s', 'cmdline')
    )
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
    assert.matches('there is no `:Ao fly`; there are allow_comment, answer, attach, ', said[1])
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

  it('has every verb of pull requests and issues, by its name in a shell as well', function()
    local verbs = 'open-pr claim-pr merge-pr close-pr fix-ci rerun-ci ci-log reply resolve allow-comment '
      .. 'send-comment ignore-author pulls issues'
    local offered = vim.fn.getcompletion('Ao ', 'cmdline')
    for verb in vim.gsplit(verbs, ' ') do
      assert.is_true(vim.tbl_contains(offered, (verb:gsub('-', '_'))), verb)
    end
    server = fake.start({})
    vim.cmd('Ao close-pr 12')
    assert.equal('12', server.given('ao.pullClose').pull)
  end)

  it('shows a pull request with what was said, and completes what it names', function()
    local pull =
      { number = 12, title = 'Mend it', state = 'open', ci = 'passed', decision = '', session = '', url = 'u' }
    local comment = { author = 'eve', text = 'why?\nhow?', path = 'half.py', line = 2, verdict = '', resolved = false }
    local comments = {
      vim.tbl_extend('force', comment, { id = 'C1', thread = 'T1', heard = false }),
      vim.tbl_extend('force', comment, { id = 'C2', thread = 'T1', heard = true }),
      vim.tbl_extend('force', comment, { id = 'C3', thread = 'T2', heard = true, resolved = true }),
      vim.tbl_extend('force', comment, { id = 'C4', thread = '', heard = true, path = '' }),
    }
    server = fake.start({ ['ao.pulls'] = { pulls = { pull }, comments = comments, failures = {} } })
    vim.cmd('Ao pulls 12')
    assert.same({
      '# Pull request',
      '',
      '- #12  Mend it  (open, CI passed)  u',
      '',
      '## @eve  half.py:2, held: reaches no agent',
      'comment C1  thread T1',
      'why?',
      'how?',
    }, vim.api.nvim_buf_get_lines(0, 0, 8, false))
    assert.equal('12', server.given('ao.pulls').pull)
    assert.same({ 'T1' }, vim.fn.getcompletion('Ao reply 12 ', 'cmdline'))
    assert.same({ 'T1' }, vim.fn.getcompletion('Ao resolve 12 T', 'cmdline'))
    assert.same({ 'C1' }, vim.fn.getcompletion('Ao allow-comment 12 ', 'cmdline'))
    assert.same({ 'C1', 'C2', 'C3', 'C4' }, vim.fn.getcompletion('Ao send_comment 12 ', 'cmdline'))
    assert.same({}, vim.fn.getcompletion('Ao reply 12 T1 ', 'cmdline'))
  end)

  for typed, expected in pairs({
    ['open_pr app-1'] = { 'ao.pullOpen', { session = 'app-1', draft = false } },
    ['!open_pr app-1'] = { 'ao.pullOpen', { session = 'app-1', draft = true } },
    ['claim_pr 12 Do  it well'] = { 'ao.pullClaim', { pull = '12', task = 'Do  it well' } },
    ['claim_pr 12'] = { 'ao.pullClaim', { pull = '12', task = '' } },
    ['merge_pr 12'] = { 'ao.pullMerge', { pull = '12', noChecks = false } },
    ['!merge_pr 12'] = { 'ao.pullMerge', { pull = '12', noChecks = true } },
    ['close_pr #12'] = { 'ao.pullClose', { pull = '#12' } },
    ['rerun_ci 12'] = { 'ao.ciRerun', { pull = '12' } },
    ['ci_log 12 unit'] = { 'ao.ciLog', { pull = '12', check = 'unit' } },
    ['reply 12 T1 because  of it'] = { 'ao.commentReply', { pull = '12', thread = 'T1', text = 'because  of it' } },
    ['resolve 12 T1'] = { 'ao.commentResolve', { pull = '12', thread = 'T1' } },
    ['allow_comment 12 C1'] = { 'ao.commentAllow', { pull = '12', comment = 'C1', always = false } },
    ['!allow_comment 12 C1'] = { 'ao.commentAllow', { pull = '12', comment = 'C1', always = true } },
    ['send_comment 12 T1'] = { 'ao.commentSend', { pull = '12', comment = 'T1' } },
    ['ignore_author eve'] = { 'ao.authorIgnore', { author = 'eve', ignored = true } },
    ['!ignore_author eve'] = { 'ao.authorIgnore', { author = 'eve', ignored = false } },
  }) do
    it('hands on ' .. typed, function()
      server = fake.start({})
      local bang = vim.startswith(typed, '!')
      vim.cmd((bang and 'Ao! ' or 'Ao ') .. typed:gsub('^!', ''))
      local given = vim.deepcopy(server.given(expected[1]))
      given.path = nil
      assert.same(expected[2], given)
    end)
  end

  it('asks for an answer that is missing', function()
    stub('ui', {
      input = function(_, done)
        done('because')
      end,
    })
    server = fake.start({})
    vim.cmd('Ao reply 12 T1')
    assert.equal('because', server.given('ao.commentReply').text)
  end)

  it('says what is missing', function()
    listen()
    vim.cmd('Ao merge_pr')
    vim.cmd('Ao resolve 12')
    vim.cmd('Ao ignore_author')
    assert.same({
      'ao: name the pull request, by its number',
      'ao: name the thread: `:Ao pulls 12` shows it',
      'ao: name the person, by the login',
    }, said)
  end)

  it('completes those who speak', function()
    local said_by = function(author, mine)
      return { author = author, mine = mine }
    end
    local comments = { said_by('eve', false), said_by('me', true), said_by('eve', false) }
    server = fake.start({ ['ao/threads'] = { threads = { { comments = comments } } } })
    assert.same({ 'eve' }, vim.fn.getcompletion('Ao ignore_author ', 'cmdline'))
  end)

  it('lists the issues with who works on which, and what is wrong', function()
    listen()
    local issue = { key = 'GH-1', title = 'Halve', state = 'worked on', detail = 'ready', session = 'app-1', url = 'u' }
    server = fake.start({
      ['ao.issues'] = { issues = { issue }, problem = 'no connection', intake = 'with the label agent' },
    })
    vim.cmd('Ao issues')
    assert.same({ '- GH-1  Halve  (worked on, app-1: ready)  u', '' }, vim.fn.getline(3, 4))
    assert.same({ 'ao: no connection' }, said)
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
