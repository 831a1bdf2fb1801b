_ubihook() {
    local line mark=
    COMPREPLY=()
    while IFS= read -r line; do
        mark=${line:0:1}
        COMPREPLY+=("${line:1}")
    done < <(COMPLETE=bash ubihook -- "${COMP_LINE:0:COMP_POINT}" "${COMP_LINE:COMP_POINT}" "$2" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && $mark == + ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o nosort -F _ubihook ubihook 2>/dev/null || complete -F _ubihook ubihook
