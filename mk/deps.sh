#!/bin/sh
# deps.sh — installs the Debian or Ubuntu packages that are missing, saying which and why.
#   sh mk/deps.sh [ci|data|deb|gpu]   ci: also what the checks of the project itself need; data: also real
#                                     images, for where no mirror of them can be reached; deb: also what
#                                     makes packages; gpu: also what mk/wheels.sh needs
set -eu

# package : what gan.c needs it for
needed='
build-essential:the C compiler and make
pkg-config:finding the libraries
libdnnl-dev:oneDNN, convolutions and matrix products on the CPU
libpng-dev:sample images, and reading PNG data sets
libjpeg-dev:reading JPEG data sets
zlib1g-dev:reading .gz data sets
libzip-dev:reading .npz data sets and files of PyTorch
libgif-dev:animations of the progress, reading GIF
libwebp-dev:reading WebP data sets (may be left out)
libtiff-dev:reading TIFF data sets (may be left out)
libarchive-dev:reading zip and tar data sets (may be left out)
libcurl4-openssl-dev:downloading data sets
libyaml-dev:network descriptions and settings
libjansson-dev:JSON logs, checkpoints and results
libhdf5-dev:files of Keras, in and out (may be left out)
libcmocka-dev:the unit tests
libopenblas0-pthread:distances of features, loaded by what measures them
'
needed_ci='
clang:a second compiler
libomp-dev:OpenMP for it
clang-format:the layout of the code
clang-tidy:static analysis
cppcheck:static analysis
doxygen:the pages of the C API
python3:a terminal for the tests of the progress bar
gcc-aarch64-linux-gnu:the program for aarch64
qemu-user:and to run it
strace:system calls of a step, counted
cmake:a build system that uses what is installed
python3-venv:oneDNN 3 from PyPI, to test against both versions
'

needed_gpu='
python3-venv:NVIDIA'"'"'s libraries from PyPI
'

needed_deb='
debhelper:Debian packages
fakeroot:Debian packages, by whoever is not root
lintian:whether they are as Debian wants them
patchelf:libraries found beside the program
mmdebstrap:clean systems to try them in
'

needed_data='
dataset-fashion-mnist:real images, 60000 of clothes
'

if ! command -v dpkg-query > /dev/null 2>&1 || ! command -v apt-get > /dev/null 2>&1; then
    echo "This is not Debian or Ubuntu: install these by your own package manager:" >&2
    printf '%s' "$needed" | sed -n 's/\(.*\):\(.*\)/  \1  (\2)/p' >&2
    exit 1
fi

list=$needed
case ${1:-} in
ci) list=$needed$needed_ci ;;
data) list=$needed$needed_data ;;
deb) list=$needed$needed_deb ;;
gpu) list=$needed$needed_gpu ;;
esac
missing=''
while IFS=: read -r package why; do
    [ -n "$package" ] || continue
    if ! dpkg-query -W -f='${Status}' "$package" 2> /dev/null | grep -q 'ok installed'; then
        echo "missing: $package ($why)"
        missing="$missing $package"
    fi
done <<END
$list
END
[ -n "$missing" ] || exit 0

sudo=''
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo > /dev/null 2>&1; then
        echo "not root, and no sudo: ask for$missing" >&2
        exit 1
    fi
    sudo=sudo
fi
echo "installing$missing"
$sudo apt-get update -qq
# shellcheck disable=SC2086  # a list of words
$sudo env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends $missing > /dev/null
