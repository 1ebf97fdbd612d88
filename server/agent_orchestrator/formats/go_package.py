"""Where the files of a Go package lie: go names packages by import path, and files of a failed test by name alone."""

from __future__ import annotations

import posixpath
import re

from attrs import define, field

from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.paths import in_tree, is_outside

_FUNCTION_PACKAGE = re.compile(r"^((?:[\w.~-]+/)*[\w~-]+)\.")
_HEADER = re.compile(r"^# (\S{1,500}?)(?:_test)?(?: \[.*\])?$")
_FILE = re.compile(r"^(?:vet: )?(\S{1,500}/)?[^\s/:]{1,200}\.go:\d")
_AT = re.compile(r"^\t(/\S{1,500})/[^/\s]{1,200}\.go:\d")
#: Hosts whose modules are ``host/owner/repository``.
_HOSTS = ("github.com", "gitlab.com", "bitbucket.org", "codeberg.org")
_MODULE_CAP = 50
_VERSION = re.compile(r"^v\d+$")


@define
class Packages:
    """The packages that an output names, and the module that they belong to.

    The module's own name is in no output, so it is concluded: from a package whose folder an error or a stack shows,
    from its host, or as what all packages begin with.
    """

    names: set[str] = field(factory=set)
    modules: set[str] = field(factory=set)
    shared: dict[str, str] = field(factory=dict)

    def learn(self, lines: list[str], inputs: Inputs) -> None:
        """Take in what build errors and stacks in ``lines`` show of packages and their folders."""
        package = function = ""
        for line in lines:
            if match := _HEADER.match(line):
                package = match[1]
                self.names.add(package)
            elif (match := _FILE.match(line)) and package:
                self._folder(package, in_tree(match[1] or ".", inputs.root, inputs.base), inputs)
            elif (match := _AT.match(line)) and function:
                self._folder(function, in_tree(match[1], inputs.root, inputs.base), inputs)
            elif match := _FUNCTION_PACKAGE.match(line):
                function = match[1].removesuffix("_test")

    def _folder(self, package: str, folder: str, inputs: Inputs) -> None:
        if is_outside(folder):
            return
        if len(self.modules) >= _MODULE_CAP:
            return
        base = in_tree(inputs.base or ".", inputs.root)
        inside = "" if folder == base else folder.removeprefix(base + "/") if base != "." else folder
        if not inside or inside == ".":
            self.modules.add(package)
        elif package.endswith("/" + inside):
            self.modules.add(package.removesuffix("/" + inside))

    def file(self, name: str, package: str, inputs: Inputs) -> str:
        """The path of ``name``, which is relative to the folder of ``package`` if one is given."""
        if not package or name.startswith("/"):
            return in_tree(name, inputs.root, inputs.base)
        return in_tree(posixpath.join(self.folder(package), name), inputs.root, inputs.base)

    def folder(self, package: str) -> str:
        """The folder of ``package`` below the module's."""
        module = self._module(package)
        return package.removeprefix(module).strip("/") if module else ""

    def _module(self, package: str) -> str:
        known = [m for m in self.modules if package == m or package.startswith(m + "/")]
        if known:
            return max(known, key=len)
        parts = package.split("/")
        if parts[0] in _HOSTS and len(parts) >= 3:
            length = 4 if len(parts) > 3 and _VERSION.match(parts[3]) else 3
            return "/".join(parts[:length])
        if parts[0] not in self.shared:
            named = [name.split("/") for name in self.names if name.split("/")[0] == parts[0]]
            self.shared[parts[0]] = "/".join(posixpath.commonprefix(named)) if len(named) > 1 else ""
        # A module of one package, most likely; a folder can not be told from a name.
        return self.shared[parts[0]] or package
