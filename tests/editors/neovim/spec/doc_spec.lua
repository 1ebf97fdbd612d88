--- What `:help agent-orchestrator` says is what there is.
local help = table.concat(vim.fn.readfile(vim.env.PLUGIN .. '/doc/agent-orchestrator.txt'), '\n')

local function sorted(names)
  table.sort(names)
  return names
end

local function matches(pattern, text)
  local found = {}
  for name in (text or help):gmatch(pattern) do
    found[name] = true
  end
  return sorted(vim.tbl_keys(found))
end

describe('the help', function()
  it('has all subcommands and no others', function()
    assert.same(sorted(vim.tbl_keys(require('agent_orchestrator.commands').all())), matches('%*:Ao%-([%w_]+)%*'))
  end)

  it('has all keys of the sessions buffer, with what they do', function()
    for _, key in ipairs(require('agent_orchestrator.sheet').KEYS) do
      assert.is_truthy(help:find(('\n\t%s\t%s'):format(key[1], key[3]), 1, true), key[1])
    end
  end)

  it('has the keys of a diff, with what they do', function()
    local plain = help:gsub('%s+', ' ')
    for key, what in pairs(require('agent_orchestrator.review').KEYS) do
      assert.is_truthy(plain:find((' %s %s'):format(key, what), 1, true), key)
    end
  end)

  it('has all maps and no others', function()
    vim.g.loaded_agent_orchestrator = nil
    vim.cmd('runtime plugin/agent_orchestrator.lua')
    local maps = {}
    for _, map in ipairs(vim.api.nvim_get_keymap('n')) do
      table.insert(maps, map.lhs:match('^<Plug>%(ao%-(.*)%)$'))
    end
    assert.same(sorted(maps), matches('<Plug>%(ao%-([%w-]+)%)'))
  end)

  it('has all options with their defaults', function()
    local block = help:match('vim%.g%.agent_orchestrator = (%b{})')
    assert.same(require('agent_orchestrator.config').DEFAULTS, loadstring('return ' .. block)())
  end)

  it('has a tag for each of its contents', function()
    local folder = vim.fn.tempname()
    vim.fn.mkdir(folder, 'p')
    vim.fn.writefile(vim.split(help, '\n'), folder .. '/agent-orchestrator.txt')
    vim.cmd.helptags(folder)
    local tags = {}
    for _, line in ipairs(vim.fn.readfile(folder .. '/tags')) do
      tags[line:match('^[^\t]+')] = true
    end
    for _, tag in ipairs(matches('%.%.%. |([^|]+)|')) do
      assert.is_true(tags[tag], tag)
    end
  end)
end)
