"""The names of the files in a session's shim folder."""

from __future__ import annotations

#: Folder of the programs, and the file in it that tells it from a folder with the real ones.
BIN, MARK = "bin", ".ao-shim"
#: Folder of the hook for pushes.
HOOKS = "hooks"
#: Whose folder it is: repository, branch, worktree.
SESSION = "session.json"
#: The session's pull request as the daemon last saw it.
PULL = "pull.json"
#: One line for each call.
CALLS = "calls"
#: Its time is that of the session's last change at the forge; and the commit that it last pushed.
WROTE, PUSHED = "wrote", "pushed"
#: The version of the real ``glab``, and of which file that is.
VERSION = "glab-version"
#: The variable that names the folder to the session's processes.
VARIABLE = "AO_FORGE"
