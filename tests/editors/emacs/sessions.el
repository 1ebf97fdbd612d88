;;; sessions.el --- An agent is answered on its line of the sessions document.  -*- lexical-binding: t -*-
;;; Commentary:
;; emacs --batch --no-init-file -l sessions.el, with AO and FILE in the environment.
;;; Code:

(load (expand-file-name "ao.el" (file-name-directory load-file-name)) nil t)
;; Its question is left open: it is answered in the document.
(setq ao-answers '(("asks:" . "Later")))
(ao-begin (getenv "FILE"))
(ao-await "a diagnostic" 60 #'flymake-diagnostics)
(goto-char (flymake-diagnostic-beg (car (flymake-diagnostics))))
(ao-act "^Fix with agent$")
(ao-await "its question" 60 (lambda () (seq-find (lambda (each) (string-match-p "asks:" each)) ao-questions)))

(let ((shown (eglot-execute-command (eglot-current-server) "ao.showSessions" [])))
  (find-file (plist-get shown :path))
  (auto-revert-mode 1)
  (text-mode)
  (ao-begin (plist-get shown :path)))

(defun ao-line (words)
  "Go to the line with WORDS in the document, as it is on disk; nil when there is none."
  (revert-buffer t t t)
  (goto-char (point-min))
  (when (search-forward words nil t)
    (beginning-of-line)
    (buffer-substring (point) (line-end-position))))

(ao-say "line: %s" (ao-await "the question in the document" 60 (lambda () (ao-line "permission"))))
(ao-say "headings: %s" (mapconcat #'car (cdr (assoc "Namespace" (eglot-imenu))) ", "))
(ao-line "permission")
(ao-act "^Yes: ")
(ao-await "the session to be over" 90 (lambda () (ao-line "## Over (1)")))
(ao-say "over")
(eglot-shutdown-all)
(kill-emacs 0)
;;; sessions.el ends here
