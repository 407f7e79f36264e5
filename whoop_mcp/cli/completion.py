"""Write the completion of the commands for bash and zsh, by their table."""

from __future__ import annotations

from collections.abc import Mapping

from .rows import Command

_SCRIPT = """\
_whoop_mcp() {
  local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"
  local command="${COMP_WORDS[1]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="@commands"
  else
    case "$before" in
      @paths) COMPREPLY=($(compgen -f -- "$current")); return ;;
@values
      *) case "$command" in
@options
      esac ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _whoop_mcp whoop-mcp
"""


def script(shell: str, commands: Mapping[str, Command]) -> str:
    """Write the completion script for `bash` or `zsh`."""
    values, options, paths = {}, [], []
    for command in commands.values():
        for one in command.arguments:
            is_option = one.name.startswith("-")
            if one.words:
                values[one.name if is_option else command.name] = one.words
            if one.is_path and one.name not in paths:
                paths.append(one.name)
        flags = [one.name for one in command.arguments if one.name.startswith("-")]
        options.append(f'        {command.name}) words="{" ".join([*flags, "--help"])}" ;;')
    cases = [f'      {word}) words="{" ".join(after)}" ;;' for word, after in values.items()]
    filled = (
        _SCRIPT.replace("@commands", " ".join([*commands, "--help", "--version"]))
        .replace("@paths", "|".join(paths))
        .replace("@values", "\n".join(cases))
        .replace("@options", "\n".join(options))
    )
    return f"autoload -U +X bashcompinit && bashcompinit\n{filled}" if shell == "zsh" else filled
