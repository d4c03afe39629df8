#include "gen/gen.h"

namespace hug::cli {

// All four scripts ask the program itself: `hug __complete WORDS...` prints one
// candidate a line, as VALUE, a tab and its meaning. What can be completed is
// thus never older than the program, and repos in the cache are offered too.
// A first line ":files" or ":folders" asks the shell for its own names.

namespace {

constexpr std::string_view kBash = R"(# bash completion for hug
_hug_complete() {
  local cur=${COMP_WORDS[COMP_CWORD]} line value
  local words=("${COMP_WORDS[@]:1:COMP_CWORD}")
  # bash cuts words at '=' and ':'; the program wants them whole.
  if declare -F _get_comp_words_by_ref >/dev/null; then
    local all cword
    _get_comp_words_by_ref -n =: -c cur -w all -i cword
    words=("${all[@]:1:cword}")
  fi
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
      :folders) compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    esac
    value=${line%%$'\t'*}
    [[ $value == "$cur"* ]] && COMPREPLY+=("$value")
  done < <("${COMP_WORDS[0]}" __complete -- "${words[@]}" 2>/dev/null)
  if declare -F __ltrim_colon_completions >/dev/null; then
    __ltrim_colon_completions "$cur"
  fi
}
complete -F _hug_complete hug
)";

constexpr std::string_view kZsh = R"(#compdef hug
# zsh completion for hug
_hug() {
  local line value meaning
  local -a plain described
  local -a given=("${(@)words[2,CURRENT]}")
  while IFS= read -r line; do
    case $line in
      :files) _files; return ;;
      :folders) _files -/; return ;;
    esac
    value=${line%%$'\t'*}
    meaning=${line#*$'\t'}
    if [[ $meaning == $line ]]; then
      plain+=("$value")
    else
      described+=("${value//:/\\:}:$meaning")
    fi
  done < <("${words[1]}" __complete -- "${given[@]}" 2>/dev/null)
  (( ${#plain} )) && compadd -a plain
  (( ${#described} )) && _describe 'hug' described
}
if [[ ${funcstack[1]-} == _hug ]]; then
  _hug "$@"
else
  compdef _hug hug
fi
)";

constexpr std::string_view kFish = R"(# fish completion for hug
function __hug_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l current (commandline -ct)
    set -l lines ($words[1] __complete -- $words[2..-1] 2>/dev/null)
    switch "$lines[1]"
        case :files
            __fish_complete_path $current
        case :folders
            __fish_complete_directories $current
        case '*'
            printf '%s\n' $lines
    end
end
complete -c hug -f -a '(__hug_complete)'
)";

constexpr std::string_view kPowershell = R"(# PowerShell completion for hug
Register-ArgumentCompleter -Native -CommandName hug -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
    ForEach-Object { $_.ToString() })
  if (-not $wordToComplete) { $words += '' }
  & hug __complete -- @words 2>$null | ForEach-Object {
    $value, $meaning = $_ -split "`t", 2
    if ($value -like ':*') { return }
    if (-not $meaning) { $meaning = $value }
    if ($value -like "$wordToComplete*") {
      [System.Management.Automation.CompletionResult]::new(
        $value, $value, 'ParameterValue', $meaning)
    }
  }
}
)";

}  // namespace

std::string bash_completion(const Command&) {
  return std::string(kBash);
}

std::string zsh_completion(const Command&) {
  return std::string(kZsh);
}

std::string fish_completion(const Command&) {
  return std::string(kFish);
}

std::string powershell_completion(const Command&) {
  return std::string(kPowershell);
}

std::optional<std::string> completion_script(const Command& root,
                                             std::string_view shell) {
  if (shell == "bash") return bash_completion(root);
  if (shell == "zsh") return zsh_completion(root);
  if (shell == "fish") return fish_completion(root);
  if (shell == "powershell" || shell == "pwsh") {
    return powershell_completion(root);
  }
  return {};
}

}  // namespace hug::cli
