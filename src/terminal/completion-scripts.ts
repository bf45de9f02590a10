// Completion scripts for bash, zsh and fish: each calls `minimon complete` for the candidates at the cursor.

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** bash cuts words at = and :, so they are joined, and of each candidate it gets what follows the last cut. */
const bash = `# bash completion of minimon
_minimon() {
  local word line kind head n=0 i words=()
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if ((n > 0)) && { [[ $word == [=:]* ]] || { [[ \${words[n-1]} == *[=:] ]] && [[ -n $word ]]; }; }; then
      words[n-1]+=$word
    else
      words[n]=$word
      n=$((n + 1))
    fi
  done
  head=
  [[ \${words[n-1]} == *[=:]* && $COMP_WORDBREAKS == *[=:]* ]] && head=\${words[n-1]%"\${words[n-1]##*[=:]}"}
  COMPREPLY=()
  {
    read -r kind
    while IFS=$'\\t' read -r word line; do
      COMPREPLY+=("$(printf '%q' "\${word#"$head"}")")
    done
  } < <(minimon complete -- "\${words[@]}" 2>/dev/null)
  case $kind in
    files) compopt -o default 2>/dev/null ;;
    open) compopt -o nospace 2>/dev/null ;;
  esac
}
complete -F _minimon minimon
`;

const zsh = `#compdef minimon
# zsh completion of minimon
_minimon() {
  local kind line value about
  local -a lines values descriptions open
  lines=("\${(@f)$(minimon complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  kind=$lines[1]
  if [[ $kind == files ]]; then
    _files
    return
  fi
  [[ $kind == open ]] && open=(-S '')
  for line in "\${(@)lines[2,-1]}"; do
    value=\${line%%$'\\t'*}
    [[ -z $value ]] && continue
    about=\${line#*$'\\t'}
    values+=("$value")
    if [[ $line == *$'\\t'* ]]; then descriptions+=("$value  -- $about"); else descriptions+=("$value"); fi
  done
  compadd "\${(@)open}" -l -d descriptions -a values
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _minimon "$@"
else
  compdef _minimon minimon
fi
`;

const fish = `# fish completion of minimon
function __minimon_complete
    set -l words (commandline -opc)
    set -l lines (minimon complete -- $words[2..-1] (commandline -ct) 2>/dev/null)
    if test "$lines[1]" = files
        __fish_complete_path (commandline -ct)
    else
        printf '%s\\n' $lines[2..-1]
    end
end
complete -c minimon -f -a '(__minimon_complete)'
`;

export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = { bash, zsh, fish };
