;;; hunt.el --- A whole hunt from Emacs: diagnostic, code action, landed fix, no diagnostic.  -*- lexical-binding: t -*-
;;; Commentary:
;; emacs --batch --no-init-file -l hunt.el, with AO and FILE in the environment.
;;; Code:

(load (expand-file-name "ao.el" (file-name-directory load-file-name)) nil t)
(ao-begin (getenv "FILE"))

(ao-await "a diagnostic" 60 #'flymake-diagnostics)
(let ((diagnostic (car (flymake-diagnostics))))
  (ao-say "line %d: %s" (line-number-at-pos (flymake-diagnostic-beg diagnostic))
          (car (split-string (flymake-diagnostic-text diagnostic) "\n")))
  (goto-char (flymake-diagnostic-beg diagnostic)))

(ao-act "^Fix with agent$")

(ao-await "the diagnostic to go" 90 (lambda () (null (flymake-diagnostics))))
(ao-say "gone")
(dolist (question (reverse ao-questions)) (ao-say "asked: %s" question))
(eglot-shutdown (eglot-current-server))
(kill-emacs 0)
;;; hunt.el ends here
