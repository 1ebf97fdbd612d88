local fake = dofile(vim.fs.dirname(vim.env.SPECS) .. '/fake.lua')

local TEXT = {
  '# Sessions',
  '',
  '1 at work',
  '',
  '## At work (1)',
  '',
  '- app-1  working',
  '',
  '## Over (1)',
  '',
  '- app-9  landed',
}

describe('the sessions buffer', function()
  local path, server, sheet

  --- As the daemon writes it: another file in its place.
  local function write(lines)
    vim.fn.writefile(lines, path .. '.tmp')
    assert(vim.uv.fs_rename(path .. '.tmp', path))
  end

  local function until_line(number, text)
    vim.wait(5000, function()
      return vim.fn.getline(number) == text
    end, 10)
    assert.equal(text, vim.fn.getline(number))
  end

  before_each(function()
    vim.g.agent_orchestrator = { autostart = false }
    vim.g.loaded_agent_orchestrator = nil
    vim.cmd('runtime plugin/agent_orchestrator.lua')
    sheet = require('agent_orchestrator.sheet')
    local folder = vim.fn.tempname()
    vim.fn.mkdir(folder, 'p')
    path = vim.uv.fs_realpath(folder) .. '/sessions.md'
    vim.fn.writefile({}, folder .. '/daemon.lock')
    write(TEXT)
    server = fake.start({})
    local shown = require('agent_orchestrator.windows').handler(nil, { uri = vim.uri_from_fname(path) }, {})
    assert.same({ success = true }, shown)
  end)

  after_each(function()
    server.stop()
    vim.cmd('silent! only | silent! %bwipeout!')
    vim.g.agent_orchestrator = nil
  end)

  it('is a buffer of its own kind that the server serves', function()
    assert.equal('aosessions', vim.bo.filetype)
    assert.is_false(vim.bo.modifiable)
    assert.is_true(vim.lsp.buf_is_attached(0, server.id))
  end)

  it('begins on the first session', function()
    assert.equal('app-1', require('agent_orchestrator.pick').here())
  end)

  it('follows its file, again and again', function()
    for round = 1, 3 do
      local lines = vim.deepcopy(TEXT)
      lines[7] = '- app-1  round ' .. round
      write(lines)
      until_line(7, lines[7])
    end
    assert.is_false(vim.bo.modified)
  end)

  it('keeps the cursor on its session when that moves', function()
    vim.fn.search('app-9')
    local lines = vim.list_extend({}, TEXT, 1, 7)
    vim.list_extend(lines, { '- app-2  working', '- app-3  working' })
    vim.list_extend(lines, TEXT, 8)
    write(lines)
    until_line(9, '- app-3  working')
    assert.equal('- app-9  landed', vim.api.nvim_get_current_line())
  end)

  it('goes to the first session where there was none', function()
    write({ '# Sessions', '', 'Nothing is going on.' })
    until_line(3, 'Nothing is going on.')
    write(TEXT)
    until_line(7, '- app-1  working')
    assert.equal('app-1', require('agent_orchestrator.pick').here())
  end)

  it('keeps folds closed', function()
    vim.cmd('normal! gg')
    vim.fn.search('^## Over')
    vim.cmd('normal! zc')
    assert.equal(9, vim.fn.foldclosed(11))
    local lines = vim.deepcopy(TEXT)
    lines[7] = '- app-1  proving'
    write(lines)
    until_line(7, lines[7])
    assert.equal(9, vim.fn.foldclosed(11))
  end)

  it('shows all its keys', function()
    sheet.help()
    local lines = vim.api.nvim_buf_get_lines(0, 0, -1, false)
    assert.equal(#sheet.KEYS, #lines)
    assert.matches('^ <CR>  choose what to do', lines[1])
  end)

  it('acts on the session under the cursor', function()
    vim.api.nvim_feedkeys('I', 'xm', false)
    assert.same({ session = 'app-1' }, server.given('ao.interrupt'))
  end)

  it('sets no keys where the person wants none', function()
    vim.cmd('bwipeout!')
    vim.g.agent_orchestrator = { keys = false, autostart = false }
    sheet.show(path)
    assert.equal('', vim.fn.maparg('I', 'n'))
  end)

  it('is used again where it is shown', function()
    local windows = #vim.api.nvim_list_wins()
    vim.cmd('wincmd p')
    sheet.show(path)
    assert.equal(windows, #vim.api.nvim_list_wins())
    assert.equal('aosessions', vim.bo.filetype)
  end)
end)
