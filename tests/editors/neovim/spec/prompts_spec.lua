local fake = dofile(vim.fs.dirname(vim.env.SPECS) .. '/fake.lua')
local prompts = require('agent_orchestrator.prompts')

describe('what the server asks', function()
  local shown, answers, select

  local function ask(message, client)
    local params = { message = message, actions = { { title = 'Yes' }, { title = 'No' } } }
    coroutine.wrap(function()
      local answer = prompts.handler(nil, params, { client_id = client or 0 })
      table.insert(answers, answer == vim.NIL and 'nothing' or answer.title)
    end)()
  end

  local function until_true(condition)
    assert.is_true(vim.wait(2000, condition, 5))
  end

  before_each(function()
    shown, answers, select = {}, {}, vim.ui.select
    vim.ui.select = function(items, options, done)
      table.insert(shown, { prompt = options.prompt, items = items, done = done })
    end
  end)

  after_each(function()
    vim.ui.select = select
    vim.g.agent_orchestrator = nil
  end)

  it('is shown one at a time and answered', function()
    ask('first?')
    ask('second?')
    until_true(function()
      return #shown == 1
    end)
    assert.equal('first?', shown[1].prompt)
    shown[1].done(shown[1].items[2])
    until_true(function()
      return #shown == 2
    end)
    shown[2].done(nil)
    until_true(function()
      return #answers == 2
    end)
    assert.same({ 'No', 'nothing' }, answers)
  end)

  it('is not shown when it was answered elsewhere', function()
    local row = fake.row('app-1', { title = 'Fix it', agent = 'bot' })
    local server = fake.start({ ['ao/sessions'] = { sessions = { row } } })
    ask('Fix it: bot asks: may it?', server.id)
    until_true(function()
      return #answers == 1
    end)
    assert.same({ 'nothing' }, answers)
    assert.same({}, shown)
    server.stop()
  end)

  it('is shown when one of two sessions of the same name still asks', function()
    local asking = fake.row('app-2', { title = 'Fix it', agent = 'bot', asks = { { id = 'q' } } })
    local row = fake.row('app-1', { title = 'Fix it', agent = 'bot' })
    local server = fake.start({ ['ao/sessions'] = { sessions = { row, asking } } })
    ask('Fix it: bot asks: may it?', server.id)
    until_true(function()
      return #shown == 1
    end)
    shown[1].done(nil)
    until_true(function()
      return #answers == 1
    end)
    server.stop()
  end)

  it('is a notice only where the person wants that', function()
    vim.g.agent_orchestrator = { prompts = false }
    local said
    local notify = vim.notify
    vim.notify = function(text)
      said = text
    end
    ask('may it?')
    vim.notify = notify
    assert.equal('ao: may it?', said)
    assert.same({ 'nothing' }, answers)
    assert.same({}, shown)
  end)
end)
