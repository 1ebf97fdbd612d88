"""Completion scripts for bash and zsh, made from the commands' own arguments."""

from __future__ import annotations

from collections.abc import Iterable

from agent_orchestrator.cli.described import Described, Flag, Positional, described

_BASH = """\
# bash completion for ao; made by `ao completion bash`
_ao() {{
    local cur prev verb kind
    COMPREPLY=()
    cur="${{COMP_WORDS[COMP_CWORD]}}"
    prev="${{COMP_WORDS[COMP_CWORD-1]}}"
    if [[ $COMP_CWORD -eq 1 ]]; then
        COMPREPLY=($(compgen -W "{verbs}" -- "$cur"))
        return
    fi
    verb="${{COMP_WORDS[1]}}"
    case "$verb $prev" in
{values}
        *) kind="" ;;
    esac
    if [[ -z $kind && $cur == -* ]]; then
        case "$verb" in
{flags}
        esac
        return
    fi
    if [[ -z $kind ]]; then
        case "$verb" in
{places}
        esac
    fi
    case "$kind" in
        words:*) COMPREPLY=($(compgen -W "${{kind#words:}}" -- "$cur")) ;;
        folders) COMPREPLY=($(compgen -d -- "$cur")); compopt -o filenames 2>/dev/null ;;
        sessions|projects)
            COMPREPLY=($(compgen -W "$("${{COMP_WORDS[0]}}" _complete "$kind" 2>/dev/null)" -- "$cur"))
            ;;
    esac
}}
complete -F _ao ao
"""

_ZSH = """\
#compdef ao
# zsh completion for ao; made by `ao completion zsh`
_ao() {{
    local verb=${{words[2]}} prev=${{words[CURRENT-1]}} cur=${{words[CURRENT]}} kind=
    local -a items
    if (( CURRENT == 2 )); then
        items=(
{verbs}
        )
        _describe -t commands 'command' items
        return
    fi
    case "$verb $prev" in
{values}
    esac
    if [[ -z $kind && $cur == -* ]]; then
        case "$verb" in
{flags}
        esac
        _describe -o -t options 'option' items
        return
    fi
    if [[ -z $kind ]]; then
        case "$verb" in
{places}
        esac
    fi
    case "$kind" in
        words:*) compadd -- ${{=kind#words:}} ;;
        folders) _files -/ ;;
        sessions|projects) compadd -- ${{(f)"$(${{words[1]}} _complete $kind 2>/dev/null)"}} ;;
    esac
}}
if [[ $funcstack[1] == _ao ]]; then
    _ao "$@"
else
    compdef _ao ao
fi
"""


def script(shell: str) -> str:
    """The script for ``bash`` or ``zsh``."""
    verbs = described()
    values = [
        f'        {_any(f"{d.verb.name} {name}" for name in flag.names)}) kind="{kind}" ;;'
        for d in verbs
        for flag in d.flags
        if (kind := _kind(flag))
    ]
    places = [
        f'            {d.verb.name}) kind="{kind}" ;;'
        for d in verbs
        if (kind := next((_kind(place) for place in d.positionals if _kind(place)), ""))
    ]
    bash = shell == "bash"
    flags = [_bash_flags(d) if bash else _zsh_flags(d) for d in verbs if d.flags]
    names = (
        " ".join(d.verb.name for d in verbs)
        if bash
        else "\n".join(f"            {_quoted(d.verb.name, d.verb.help)}" for d in verbs)
    )
    template = _BASH if bash else _ZSH
    return template.format(verbs=names, values="\n".join(values), flags="\n".join(flags), places="\n".join(places))


def _kind(argument: Flag | Positional) -> str:
    return "words:" + " ".join(argument.choices) if argument.choices else argument.completer


def _any(words: Iterable[str]) -> str:
    return "|".join(f'"{word}"' for word in words)


def _bash_flags(command: Described) -> str:
    names = " ".join(name for flag in command.flags for name in flag.names)
    return f'            {command.verb.name}) COMPREPLY=($(compgen -W "{names} --help" -- "$cur")) ;;'


def _zsh_flags(command: Described) -> str:
    items = " ".join(_quoted(name, flag.help) for flag in command.flags for name in flag.names)
    return f"            {command.verb.name}) items=({items} '--help:tell more') ;;"


def _quoted(name: str, help: str) -> str:
    return "'" + f"{name}:{help}".replace("'", "'\\''") + "'"
