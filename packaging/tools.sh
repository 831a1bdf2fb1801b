# For build and check: finds the tools, and runs the parts that were named.

PATH=$PWD/target/packaging/bin:$PATH
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)

# needs TOOL...: ends with all that are missing.
needs() {
    local tool missing=()
    for tool; do
        case $tool in
        zig) python -c 'import ziglang' 2>/dev/null || missing+=('ziglang (Python package)') ;;
        *) command -v "$tool" >/dev/null || missing+=("$tool") ;;
        esac
    done
    [ ${#missing[@]} = 0 ] && return
    printf 'missing: %s\n' "${missing[@]}" >&2
    echo 'packaging/install-tools installs them' >&2
    exit 1
}

# run_parts NAME...: runs functions of the array `parts`.
run_parts() {
    local part
    [ $# -gt 0 ] || { echo "usage: $0 all | ${parts[*]}" >&2; exit 2; }
    [ "$1" != all ] || set -- "${parts[@]}"
    for part; do
        [[ " ${parts[*]} " == *" $part "* ]] || { echo "$0: no part \`$part\`; parts: all ${parts[*]}" >&2; exit 2; }
    done
    for part; do
        printf '\n-- %s %s (after %d s)\n' "$(basename "$0")" "$part" "$SECONDS"
        "$part"
    done
}
