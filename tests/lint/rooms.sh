#!/bin/sh
# rooms.sh — includes go one way through the house: cli -> train -> {io, data, program} -> net -> base;
# backends -> program/backend.h. Prints what points the wrong way.
set -u
bad=$(for room in base net program cpu cuda data io train plan cli; do
    case $room in
    base) may='base' ;;
    net) may='net base' ;;
    program) may='program net base' ;;
    cpu) may='cpu program net base' ;;
    cuda) may='cuda program net base' ;;
    data) may='data base' ;;
    io) may='io base' ;;
    plan) may='plan program net base' ;;
    train) may='train io data program net base' ;;
    cli) may='cli' ;;
    esac
    [ -d "src/$room" ] || continue
    grep -nE '^#include "' -r "src/$room" | while IFS= read -r line; do
        included=$(printf '%s' "$line" | sed 's/.*#include "\([^"]*\)".*/\1/')
        case $included in
        gan/*) continue ;;
        kernels/*) [ "$room" = cuda ] && continue ;;
        esac
        from=${included%%/*}
        for ok in $may; do
            [ "$from" = "$ok" ] && continue 2
        done
        echo "$line"
    done
done)
# Library types stay in their rooms.
leak=$(grep -nE '#include .*dnnl' -r src include | grep -v '^src/cpu/'
       grep -nE '#include .*(cuda_runtime|cudnn|cublas)' -r src include | grep -v '^src/cuda/')
if [ -n "$bad$leak" ]; then
    printf 'includes that point the wrong way:\n%s\n%s\n' "$bad" "$leak"
    exit 1
fi
echo "rooms: includes go one way"
