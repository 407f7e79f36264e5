"""Write the completion of the commands for bash and zsh, by their table and the tools'."""

from __future__ import annotations

from collections.abc import Mapping

from .rows import Argument, Command

# The shell itself goes on into folders and minds blanks; bash 3.2 and zsh cannot be left to do it.
_FILES = (
    "compopt -o default 2>/dev/null || "
    """{ local IFS=$'\\n'; COMPREPLY=($(compgen -f -- "$current")); }; return"""
)
_SCRIPT = """\
_whoop_mcp() {
  local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"
  local command="${COMP_WORDS[1]}" words="" first="" left="" one
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="@commands"
  else
    case "$before" in
      @paths) @files ;;
      @open) return ;;
@values
      *) case "$command:$current" in
@places
      esac
      case "$command" in
@options
      esac ;;
    esac
  fi
  case "$current" in
    *,*)
      first="${current%,*},"; current="${current##*,}"
      for one in $(echo "$words"); do
        case ",$first" in *",$one,"*) ;; *) left="$left $one" ;; esac
      done
      words="$left" ;;
  esac
  COMPREPLY=($(compgen -P "$first" -W "$words" -- "$current"))
}
complete -F _whoop_mcp whoop-mcp
"""


def script(shell: str, commands: Mapping[str, Command]) -> str:
    """Write the completion script for `bash` or `zsh`."""
    values, options, paths, places = {}, [], [], []
    switches, open_ones = set(), []
    for command in commands.values():
        for one in command.arguments:
            if words := _words(command, one):
                values[one.name if one.is_option else command.name] = words
            elif one.is_path and one.is_option:
                paths.append(one.name)
            elif one.is_path:
                places.append(command.name)
            elif one.is_option and "action" in one.options:
                switches.add(one.name)
            elif one.is_option:
                open_ones.append(one.name)
        flags = [one.name for one in command.arguments if one.is_option]
        options.append(f'        {command.name}) words="{" ".join([*flags, "--help"])}" ;;')
    cases = [f'      {word}) words="{" ".join(after)}" ;;' for word, after in values.items()]
    filed = [f"        {name}:-*) ;;\n        {name}:*) {_FILES} ;;" for name in places]
    filled = (
        _SCRIPT.replace("@commands", " ".join([*commands, "--help", "--version"]))
        .replace("@paths", "|".join(dict.fromkeys(paths)))
        # What is a switch elsewhere takes no value, which this cannot tell apart.
        .replace("@open", "|".join(one for one in dict.fromkeys(open_ones) if one not in switches))
        .replace("@values", "\n".join(cases))
        .replace("@files", _FILES)
        .replace("@places", "\n".join(filed))
        .replace("@options", "\n".join(options))
    )
    return f"autoload -U +X bashcompinit && bashcompinit\n{filled}" if shell == "zsh" else filled


def _words(command: Command, argument: Argument) -> tuple[str, ...]:
    """List what an argument may be: the table's words, or those that the tool allows."""
    from ..server.tools import BY_NAME  # which help does without

    if argument.words or not command.tool:
        return argument.words
    for one in BY_NAME[command.tool].parameters:
        if one.name == argument.field:
            schema = one.kind.schema
            return tuple(schema.get("enum") or schema.get("items", {}).get("enum", ()))
    return ()
