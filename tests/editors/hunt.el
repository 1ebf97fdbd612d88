;;; hunt.el --- A whole hunt from Emacs: diagnostic, code action, landed fix, no diagnostic.  -*- lexical-binding: t -*-
;;; Commentary:
;; emacs --batch --no-init-file -l hunt.el, with AO, FILE and LOG in the environment.
;;; Code:

(package-initialize)
(require 'eglot)
(require 'python)

(defvar ao-questions nil "What the server asked.")
(defun ao-say (format &rest arguments)
  "Write a line of FORMAT and ARGUMENTS to standard output."
  (princ (concat (apply #'format format arguments) "\n")))

(defun ao-answer (prompt collection &rest _)
  "Choose the first of COLLECTION, and remember PROMPT."
  (push (replace-regexp-in-string "\n" " " prompt) ao-questions)
  (car collection))
(advice-add 'completing-read :override #'ao-answer)

(defun ao-await (what seconds condition)
  "Wait for CONDITION to hold, at most SECONDS; WHAT it is, for the message."
  (let ((deadline (+ (float-time) seconds)) value)
    (while (and (< (float-time) deadline) (not (setq value (funcall condition))))
      (accept-process-output nil 0.05)
      (flymake-start))
    (unless value
      (ao-say "gave up waiting for %s" what)
      (kill-emacs 1))
    value))

(setq eglot-sync-connect 20 eglot-connect-timeout 30)
(setf (alist-get 'python-mode eglot-server-programs) (list (getenv "AO") "lsp"))
(find-file (getenv "FILE"))
(flymake-mode 1)
(apply #'eglot (eglot--guess-contact))

(ao-await "a diagnostic" 60 #'flymake-diagnostics)
(let ((diagnostic (car (flymake-diagnostics))))
  (ao-say "line %d: %s" (line-number-at-pos (flymake-diagnostic-beg diagnostic))
          (car (split-string (flymake-diagnostic-text diagnostic) "\n")))
  (goto-char (flymake-diagnostic-beg diagnostic)))

(let* ((server (eglot-current-server))
       (actions (eglot-code-actions (point) (1+ (point))))
       (fix (seq-find (lambda (a) (equal (plist-get a :title) "Fix with agent")) actions))
       (command (plist-get fix :command)))
  (ao-say "actions: %s" (mapconcat (lambda (a) (plist-get a :title)) actions ", "))
  (eglot-execute-command server (plist-get command :command) (plist-get command :arguments)))

(ao-await "the diagnostic to go" 90 (lambda () (null (flymake-diagnostics))))
(ao-say "gone")
(dolist (question (reverse ao-questions)) (ao-say "asked: %s" question))
(eglot-shutdown (eglot-current-server))
(kill-emacs 0)
;;; hunt.el ends here
