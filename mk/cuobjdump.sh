#!/bin/sh
# cuobjdump.sh — fetches NVIDIA's disassembler from PyPI into a folder, for `make sass` where the
# toolkit came without it:  sh mk/cuobjdump.sh build/cuobjdump
set -eu
folder=${1:?folder}
[ -x "$folder/bin/cuobjdump" ] && exit 0
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet nvidia-cuda-cuobjdump nvidia-cuda-nvdisasm
# The wheels lay both programs down under the major version of the toolkit.
programs=$(ls -d "$folder"/venv/lib/python*/site-packages/nvidia/cu*/bin | head -n 1)
[ -x "$programs/cuobjdump" ] && [ -x "$programs/nvdisasm" ] ||
    { echo "no cuobjdump or nvdisasm in the wheels" >&2; exit 1; }
ln -sfn "${programs#"$folder"/}" "$folder/bin"
