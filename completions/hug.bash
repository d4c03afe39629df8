# bash completion for hug
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
