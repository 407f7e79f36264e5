"""What bash and zsh run when Tab is pressed behind `whoop-mcp`, made from the table of commands."""

from __future__ import annotations

from .table import ACTS, CLIENTS, COMMANDS, FORMATS, KINDS, SHELLS

# Words that may follow an option, or a command itself.
_VALUES = {
    "--format": FORMATS,
    "--client": CLIENTS,
    "export": KINDS,
    "completion": SHELLS,
    "skill": ACTS,
}
_PATHS = ("--out", "--bundle", "--target")

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


def script(shell: str) -> str:
    """The script for `bash` or `zsh`."""
    values = [f'      {word}) words="{" ".join(after)}" ;;' for word, after in _VALUES.items()]
    options = []
    for name, command in COMMANDS.items():
        flags = [part.name for part in command.arguments if part.name.startswith("-")]
        options.append(f'        {name}) words="{" ".join([*flags, "--help"])}" ;;')
    filled = (
        _SCRIPT.replace("@commands", " ".join([*COMMANDS, "--help", "--version"]))
        .replace("@paths", "|".join(_PATHS))
        .replace("@values", "\n".join(values))
        .replace("@options", "\n".join(options))
    )
    return f"autoload -U +X bashcompinit && bashcompinit\n{filled}" if shell == "zsh" else filled
