-- Runs the specs inside Neovim: nvim --headless --clean -n -l busted.lua SPECS…
-- In the environment: PLUGIN is the plugin's folder, SPECS that of the specs, LUA where busted lies, OTHERS the folders
-- of other plugins, with a comma between two.
local lua = vim.env.LUA
package.path = ('%s/share/lua/5.1/?.lua;%s/share/lua/5.1/?/init.lua;'):format(lua, lua) .. package.path
package.cpath = lua .. '/lib/x86_64-linux-gnu/lua/5.1/?.so;' .. package.cpath
vim.opt.runtimepath:prepend(vim.env.PLUGIN)
for other in vim.gsplit(vim.env.OTHERS or '', ',', { trimempty = true }) do
  vim.opt.runtimepath:append(other)
  vim.cmd('runtime! plugin/**/*.lua')
end
vim.cmd('filetype plugin on')
require('busted.runner')({ standalone = false })
