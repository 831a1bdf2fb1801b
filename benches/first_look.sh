#!/usr/bin/env bash
# The figures of docs/benchmarks.md, on this machine. Needs hyperfine, wrk, curl, and the Python
# environment that tests/outside/run makes. Takes two minutes beyond the builds.
set -euo pipefail
cd "$(dirname "$0")/.."

RUNS=3
SECONDS_EACH=5
ubihook=$PWD/target/dist/ubihook
bare_axum=$PWD/target/bare_axum/release/bare_axum
python=$PWD/target/venv-client/bin/python

for tool in hyperfine wrk curl "$python"; do
    command -v "$tool" >/dev/null || { echo "missing: $tool" >&2; exit 1; }
done
cargo build --profile dist
CARGO_TARGET_DIR=target/bare_axum cargo build --release --manifest-path benches/bare_axum/Cargo.toml

echo "== The machine"
echo "$(nproc) cores, load $(cut -d" " -f1-3 /proc/loadavg)"
rustc --version
curl --version | head -1
"$python" --version
hyperfine --version
wrk --version 2>&1 | head -1 || true
"$python" -m pip list 2>/dev/null | grep '^ubiops '
stat -c 'ubihook: %s bytes' "$ubihook"

folder=$(mktemp -d)
servers=()
end() {
    for server in "${servers[@]}"; do kill "$server"; wait "$server" || true; done
    rm -r "$folder"
}
trap end EXIT

appears() { # FILE, within 5 s
    for _ in {1..100}; do
        [ -s "$1" ] && return
        sleep 0.05
    done
    echo "no $1" >&2
    return 1
}
field() { "$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$1" "$2"; }
middle() { sort -n | sed -n "$(((RUNS + 1) / 2))p"; }

# A home of its own, and none of the caller's settings.
export HOME=$folder/home
mkdir "$HOME"
unset "${!UBIHOOK_@}" "${!UBIOPS_@}" "${!XDG_@}" DBUS_SESSION_BUS_ADDRESS

"$ubihook" mock serve --ready-file "$folder/ready.json" >"$folder/serve.log" 2>&1 &
servers+=($!)
appears "$folder/ready.json"
UBIOPS_API_HOST=$(field "$folder/ready.json" url)
UBIOPS_API_TOKEN=$(field "$folder/ready.json" token)
UBIOPS_PROJECT=$(field "$folder/ready.json" project)
export UBIOPS_API_HOST UBIOPS_API_TOKEN UBIOPS_PROJECT
webhooks=$UBIOPS_API_HOST/projects/$UBIOPS_PROJECT/webhooks
for i in {1..10}; do
    "$ubihook" create "hook-$i" --deployment deployment-1 --event failed -o name \
        --url https://hooks.example.org/in --header 'X-Team: blue' --label team=blue >/dev/null
done

# In a file, as a careful user of curl has it.
printf 'header = "Authorization: %s"\n' "$UBIOPS_API_TOKEN" >"$folder/curl.conf"
curl -sf -K "$folder/curl.conf" "$webhooks/hook-1" >"$folder/one.json"
"$bare_axum" "$folder/one.json" "$folder/address" &
servers+=($!)
appears "$folder/address"
bare=$(cat "$folder/address")

echo "== One call: a list of 10 webhooks ($RUNS runs of 50, medians in ms)"
list() { # NAME COMMAND
    hyperfine -N -w 5 -r 50 --style none --export-json "$folder/hyperfine.json" "$2" >/dev/null 2>&1
    "$python" -c 'import json, sys
result = json.load(open(sys.argv[1]))["results"][0]
print(*(f"{result[key] * 1000:.2f}" for key in ("median", "min", "max")))' "$folder/hyperfine.json" |
        tee -a "$folder/$1.list" | sed "s/^/$1: /"
}
for _ in $(seq $RUNS); do
    list ubihook "$ubihook list -o json"
    list curl "curl -s -K $folder/curl.conf $webhooks"
    list official_client "$python benches/python_list.py"
    list version "$ubihook --version"
done
for name in ubihook curl official_client version; do
    echo "$name, the middle: $(cut -d' ' -f1 "$folder/$name.list" | middle) ms"
done

load() { # NAME URL WRK_OPTION...
    local name=$1 url=$2
    shift 2
    wrk -t1 -c64 -d${SECONDS_EACH}s --latency "$@" "$url" >"$folder/wrk.txt"
    if grep -q 'Non-2xx\|Socket errors' "$folder/wrk.txt"; then
        cat "$folder/wrk.txt" >&2
        return 1
    fi
    awk '/Requests\/sec/ { rate = $2 } /50%/ { half = $2 } /99%/ { most = $2 }
        END { print rate, half, most }' "$folder/wrk.txt" |
        tee -a "$folder/$name.load" | sed "s/^/$name: /"
}
echo "== One server: requests a second over 64 connections ($RUNS runs of $SECONDS_EACH s; p50, p99)"
for run in $(seq $RUNS); do
    load mock_get "$webhooks/hook-1" -H "Authorization: $UBIOPS_API_TOKEN"
    load bare_get "$bare/"
    RUN=m$run load mock_create "$webhooks" -s benches/create.lua
    RUN=b$run load bare_create "$bare/" -s benches/create.lua
done
for name in mock_get bare_get mock_create bare_create; do
    echo "$name, the middle: $(cut -d' ' -f1 "$folder/$name.load" | middle) requests a second"
done
