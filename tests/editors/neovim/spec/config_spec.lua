local config = require('agent_orchestrator.config')

describe('the configuration', function()
  after_each(function()
    vim.g.agent_orchestrator = nil
  end)

  it('needs nothing', function()
    assert.same({ 'ao', 'lsp' }, config.get().cmd)
  end)

  it('is a table or a function that returns one', function()
    vim.g.agent_orchestrator = { keys = false }
    assert.is_false(config.get().keys)
    vim.g.agent_orchestrator = function()
      return { window = 'vertical' }
    end
    assert.equal('vertical', config.get().window)
    assert.is_true(config.get().keys)
  end)

  it('says what is wrong in a sentence each', function()
    assert.same({
      '`cmd` must be a list of words, as { "ao", "lsp" }',
      '`keys` must be a boolean, found string',
      'there is no option `key`; there are autostart, cmd, keys, prompts, window',
    }, config.problems({ cmd = {}, keys = 'no', key = true }))
    assert.same({ 'vim.g.agent_orchestrator must be a table or return one, found number' }, config.problems(5))
  end)

  it('is left out where it is wrong', function()
    vim.g.agent_orchestrator = { keys = 'no' }
    local said
    local notify = vim.notify_once
    vim.notify_once = function(text)
      said = text
    end
    assert.same(config.DEFAULTS, config.get())
    vim.notify_once = notify
    assert.matches('`keys` must be a boolean', said)
  end)
end)
