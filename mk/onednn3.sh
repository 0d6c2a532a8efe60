#!/bin/sh
# onednn3.sh — fetches oneDNN 3 from PyPI into a folder, to build and test against it:
#   sh mk/onednn3.sh build/onednn3 && make DNNL=build/onednn3 BUILD=build/with-onednn3 check-unit
set -eu
folder=${1:?folder}
[ -f "$folder/include/oneapi/dnnl/dnnl.h" ] && exit 0
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet onednn-cpu-gomp onednn-devel-cpu-gomp
# The wheels lay include and lib down in the environment.
ln -sfn venv/include "$folder/include"
ln -sfn venv/lib "$folder/lib"
[ -f "$folder/include/oneapi/dnnl/dnnl.h" ] || { echo "no dnnl.h in the wheels" >&2; exit 1; }
ls "$folder"/lib/libdnnl.so* > /dev/null
