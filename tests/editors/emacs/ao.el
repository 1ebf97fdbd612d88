;;; ao.el --- What the scripts in this folder share.  -*- lexical-binding: t -*-
;;; Commentary:
;; AO and FILE are in the environment: the program, and a file of the project.
;;; Code:

(package-initialize)
(require 'eglot)
(require 'python)

(defvar ao-questions nil "What the server asked.")
(defun ao-say (format &rest arguments)
  "Write a line of FORMAT and ARGUMENTS to standard output."
  (princ (concat (apply #'format format arguments) "\n")))

(defvar ao-answers nil "What is answered: an alist of a part of the question and the answer.")

(defun ao-answer (prompt collection &rest _)
  "Choose what `ao-answers' says of PROMPT, else the first of COLLECTION, and remember PROMPT."
  (push (replace-regexp-in-string "\n" " " prompt) ao-questions)
  (let ((known (seq-find (lambda (each) (string-match-p (car each) prompt)) ao-answers)))
    (if known (cdr known) (car collection))))
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

(defun ao-act (title)
  "Do the first code action at point whose title matches TITLE."
  (let* ((actions (eglot-code-actions (point) (1+ (point))))
         (found (seq-find (lambda (a) (string-match-p title (plist-get a :title))) actions))
         (command (plist-get found :command)))
    (ao-say "actions: %s" (mapconcat (lambda (a) (plist-get a :title)) actions ", "))
    (eglot-execute-command (eglot-current-server) (plist-get command :command) (plist-get command :arguments))))

(defun ao-begin (file)
  "Open FILE, which is of the project, with the language server."
  (find-file file)
  (flymake-mode 1)
  (apply #'eglot (eglot--guess-contact)))

(setq eglot-sync-connect 20 eglot-connect-timeout 30)
(dolist (mode '(python-mode text-mode))
  (setf (alist-get mode eglot-server-programs) (list (getenv "AO") "lsp")))

(provide 'ao)
;;; ao.el ends here
