#!/bin/sh
# wheel.sh — a wheel in build/wheel: program, library, networks and the module gan_c, for any Python 3.9 or newer. Its
# tag says the oldest glibc that it runs with; auditwheel finds that, and puts the other libraries beside.
#   sh packages/wheel.sh BUILD VERSION ABI        PYTHON=FILE: with auditwheel and wheel (packages/python/requirements.txt)
set -eu
build=${1:?build folder} version=${2:?version} abi=${3:?abi} python=${PYTHON:-python3}
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2> /dev/null || date +%s)}"
export SOURCE_DATE_EPOCH
out=build/wheel
tree=$out/gan_c-$version
rm -rf "$tree" "$out"/*.whl "$out/plain"
mkdir -p "$tree/gan_c/bin" "$tree/gan_c/lib" "$tree/gan_c/share/gan" "$tree/gan_c-$version.dist-info"
cp packages/python/gan_c/*.py packages/python/gan_c/py.typed "$tree/gan_c/"
${CC:-cc} -std=c11 -Iinclude -o "$out/layout" packages/python/layout.c
"$out/layout" > "$tree/gan_c/_layout.py"
strip -g -o "$tree/gan_c/bin/gan" "$build/gan"
strip -g -o "$tree/gan_c/lib/libgan.so.$abi" "$build/libgan.so.$version"
chmod 755 "$tree/gan_c/bin/gan"
cp -R data/nets data/features data/gpus.json "$tree/gan_c/share/gan/"
info=$tree/gan_c-$version.dist-info
libraries=$(sh packages/libraries.sh "$build/gan" "$build/libgan.so.$version" | cut -d' ' -f2)
# shellcheck disable=SC2086  # a list of files
sh packages/licences.sh "$info/licenses" $libraries
cat > "$info/METADATA" <<END
Metadata-Version: 2.1
Name: gan-c
Version: $version
Summary: Train generative adversarial networks, with one command or from Python
License: MIT
Requires-Python: >=3.9
Requires-Dist: numpy>=1.22
Classifier: Typing :: Typed
Classifier: Operating System :: POSIX :: Linux
Description-Content-Type: text/markdown

The program of gan.c (\`gan train --data digits\`) and its library as a module:

    import gan_c
    result = gan_c.train(net="mnist-quick", data="digits", steps=500, callback=print)
    images = gan_c.load(result.folder).sample(16)   # (16, H, W, C) float32 in [-1, 1]

Libraries beside glibc are carried along; their licences are in this package's folder licenses.
END
cat > "$info/WHEEL" <<END
Wheel-Version: 1.0
Generator: gan.c $version
Root-Is-Purelib: false
Tag: py3-none-linux_$(uname -m)
END
printf '[console_scripts]\ngan = gan_c.__main__:main\n' > "$info/entry_points.txt"
find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
"$python" -m wheel pack --dest-dir "$out" "$tree" > "$out/log"
PATH=$(dirname "$python"):$PATH "$python" -m auditwheel repair --wheel-dir "$out/plain" "$out"/*linux_*.whl >> "$out/log" 2>&1 || {
    cat "$out/log" >&2
    exit 1
}
rm -rf "$out"/*.whl "$tree" "$out/layout"
mv "$out"/plain/*.whl "$out/"
rmdir "$out/plain"
ls "$out"/*.whl
