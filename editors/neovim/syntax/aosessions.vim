if exists('b:current_syntax')
  finish
endif
syntax match aosessionsTitle /^# .*/
syntax match aosessionsGroup /^## .*/
syntax match aosessionsNeed /^## Needs you.*/
syntax match aosessionsItem /^- \S\+/ contains=aosessionsMark
syntax match aosessionsMark /^- / contained conceal
syntax match aosessionsWaits /\v<(permission|question|dialog|held|left|not finished|rate-limited until)>[^ ]*/
syntax match aosessionsWords /“.*”/
highlight default link aosessionsTitle Title
highlight default link aosessionsGroup Title
highlight default link aosessionsNeed WarningMsg
highlight default link aosessionsItem Identifier
highlight default link aosessionsMark NonText
highlight default link aosessionsWaits WarningMsg
highlight default link aosessionsWords Comment
let b:current_syntax = 'aosessions'
