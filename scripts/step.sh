# SPDX-License-Identifier: Apache-2.0
#
# For the scripts to read with `.`: a step is a command whose noise goes to a log and of which one line is seen. On a terminal
# that line moves: how long it has taken, and the newest line of the log.
#
#     step LABEL LOG COMMAND...    prints "  label  3.2 s"; when it fails, the end of its log as well, and ends the script

now_ms() {
    date +%s%3N
}

seconds_since() { # START_MS -> 3.2
    elapsed_ms=$(($(now_ms) - $1))
    echo "$((elapsed_ms / 1000)).$((elapsed_ms % 1000 / 100))"
}

# Ends with the step, or with a script that was killed in the midst of one.
step_watch() {
    while sleep 0.5 && [ -e "$step_log" ] && kill -0 $$ 2>/dev/null; do
        step_news=$(tail -n 1 "$step_log" | LC_ALL=C tr -cd '\040-\176')
        printf '\r\033[K  %-20s %6s s  %.45s' "$step_label" "$(seconds_since "$step_started")" "$step_news" >&2
    done
}

step() {
    step_label=$1 step_log=$2
    shift 2
    step_started=$(now_ms)
    mkdir -p "$(dirname "$step_log")"
    step_code=0
    if [ -t 2 ]; then
        printf '  %s ...' "$step_label" >&2
        step_watch &
        step_watcher=$!
        "$@" >"$step_log" 2>&1 </dev/null || step_code=$?
        kill "$step_watcher" 2>/dev/null || true
        wait "$step_watcher" 2>/dev/null || true
        printf '\r\033[K' >&2
    else
        "$@" >"$step_log" 2>&1 </dev/null || step_code=$?
    fi
    if [ "$step_code" = 0 ]; then
        printf '  %-34s %6s s\n' "$step_label" "$(seconds_since "$step_started")" >&2
    else
        printf '  %-34s failed; the end of %s:\n\n' "$step_label" "$step_log" >&2
        tail -n 40 "$step_log" >&2
        exit 1
    fi
}
