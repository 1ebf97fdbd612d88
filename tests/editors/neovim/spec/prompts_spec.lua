local prompts = require('agent_orchestrator.prompts')

describe('what the server asks', function()
  local shown, answers, select

  local function ask(message)
    coroutine.wrap(function()
      local answer = prompts.handler(nil, { message = message, actions = { { title = 'Yes' }, { title = 'No' } } }, {})
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
