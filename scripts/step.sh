# SPDX-License-Identifier: Apache-2.0
#
# For the scripts to read with `.`: a step is a command whose noise goes to a log and of which one line is seen.
#
#     step LABEL LOG COMMAND...    prints "  label  3.2 s"; when it fails, the end of its log as well, and ends the script

now_ms() {
    date +%s%3N
}

seconds_since() { # START_MS -> 3.2
    elapsed_ms=$(($(now_ms) - $1))
    echo "$((elapsed_ms / 1000)).$((elapsed_ms % 1000 / 100))"
}

step() {
    step_label=$1 step_log=$2
    shift 2
    step_started=$(now_ms)
    mkdir -p "$(dirname "$step_log")"
    [ -t 2 ] && printf '  %s ...' "$step_label" >&2
    if "$@" >"$step_log" 2>&1 </dev/null; then
        [ -t 2 ] && printf '\r\033[K' >&2
        printf '  %-34s %6s s\n' "$step_label" "$(seconds_since "$step_started")" >&2
    else
        [ -t 2 ] && printf '\r\033[K' >&2
        printf '  %-34s failed; the end of %s:\n\n' "$step_label" "$step_log" >&2
        tail -n 40 "$step_log" >&2
        exit 1
    fi
}
