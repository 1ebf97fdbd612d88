std = 'luajit'
globals = { 'vim' }
max_line_length = 120
-- Generated: one line per sentence.
exclude_files = { '**/protocol.lua' }
files['**/*_spec.lua'] = { std = '+busted' }
