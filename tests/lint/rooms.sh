#!/bin/sh
# rooms.sh — includes go one way through the house: cli -> {run, bench, verify, exchange, plan} -> session ->
# {data -> io, program, options} -> net -> base; backends -> program/backend.h; cpu -> transform -> base.
# Prints what points the wrong way, in whatever form of #include.
set -u
bad=$(grep -nHE '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]' -r src kernels include/gan examples | awk '
function own(room, headers,    name, i, n) { # the room that keeps the promises of public headers
    n = split(headers, name, " ")
    for (i = 1; i <= n; i++) owner["gan/" name[i] ".h"] = room
}
BEGIN {
    may["base"] = "base"
    may["net"] = "net base"
    may["program"] = "program net base"
    may["options"] = "options program net base"
    may["transform"] = "transform base"
    may["cpu"] = "cpu transform program net base"
    may["reference"] = "reference program net base"
    may["kernels"] = "kernels program base sim" # sim: the stand-in for the device, in tests
    may["cuda"] = "cuda kernels program net base"
    may["data"] = "data io base"
    may["io"] = "io base"
    may["io/absent"] = "io base"
    may["plan"] = "plan program net base"
    may["session"] = "session options io data program net base"
    may["eval"] = "eval session options io data program net base"
    may["exchange"] = "exchange session options io data program net base"
    may["report"] = "report session options io data program net base"
    may["run"] = "run eval exchange report session options io data program net base"
    may["bench"] = "bench session options io data program net base"
    may["verify"] = "verify session options io data program net base"
    may["cli"] = "cli base public topics.def" # made of docs/topics
    may["include/gan"] = "public"
    may["examples"] = "public"
    may["examples/api"] = "public need.h"
    own("base", "listener pulse rate status version")
    own("net", "net")
    own("program", "metrics")
    own("data", "array data")
    own("io", "image")
    own("plan", "cost doctor plan")
    own("options", "options")
    own("session", "sample session")
    own("exchange", "exchange")
    own("eval", "eval")
    own("run", "train")
    own("report", "report")
    own("bench", "bench")
    own("verify", "verify")
    owner["gan/options.def"] = "options"
}
{
    file = line = $0
    sub(/:.*/, "", file)
    sub(/^[^:]*:[0-9]*:/, "", line)
    form = line
    sub(/^[^<"]*/, "", form)
    to = substr(form, 2)
    sub(/[>"].*/, "", to)
    room = file
    sub(/^src\//, "", room)
    sub(/\/[^\/]*$/, "", room)
    at = to
    sub(/\/.*/, "", at)
    if (at == "gan") at = index(" " may[room] " ", " public ") || !(to in owner) ? "public" : owner[to]
    if (form ~ /^</ && !(at in may) && at != "public") next # the system and the libraries
    if (!(room in may)) print file ": no rule for this room: give it one in tests/lint/rooms.sh"
    else if (!index(" " may[room] " ", " " at " ")) print $0
}' | sort -u)
# Library types stay in their rooms.
leak=$(grep -nE '#include .*dnnl' -r src include | grep -v '^src/cpu/'
       grep -nE '#include .*(cuda_runtime|cudnn|cublas)' -r src include | grep -v '^src/cuda/')
if [ -n "$bad$leak" ]; then
    printf 'includes that point the wrong way:\n%s\n%s\n' "$bad" "$leak"
    exit 1
fi
echo "rooms: includes go one way"
