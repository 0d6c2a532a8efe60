#!/bin/sh
# aarch64.sh — what a program for aarch64 is linked with and runs against, unpacked into a folder: this
# release's packages of that architecture, by apt, with folders of its own (nothing is installed, and
# root is not needed):
#   sh mk/aarch64.sh build/aarch64/packages    (make check-aarch64 does)
set -eu
folder=${1:?folder}
[ -f "$folder/whole" ] && exit 0
rm -rf "$folder"
mkdir -p "$folder/apt/lists/partial" "$folder/apt/archives/partial" "$folder/root"
folder=$(cd "$folder" && pwd -P)
: > "$folder/apt/status" # no package is installed: all that is needed comes with those asked for
cat > "$folder/apt/conf" << END
APT::Architecture "arm64";
APT::Architectures "arm64";
APT::Install-Recommends "false";
Dir::State "$folder/apt";
Dir::State::status "$folder/apt/status";
Dir::State::lists "$folder/apt/lists";
Dir::Cache "$folder/apt";
Debug::NoLocking "true";
APT::Sandbox::User "";
END
export APT_CONFIG="$folder/apt/conf"
apt-get update -qq
# Those that mk/deps.sh has for this machine.
# shellcheck disable=SC2046  # a list of words
apt-get install -y -qq --download-only libc6-dev libgomp1 \
    $(sed -n "/^needed='/,/^'/s/^\(.*-dev\):.*/\1/p" mk/deps.sh) > "$folder/apt/log"
for package in "$folder"/apt/archives/*.deb; do
    dpkg-deb -x "$package" "$folder/root"
done
# Links to where files will be on the machine itself (libm.so, for one) lead to where they are here.
find "$folder/root" -type l -lname '/*' | while read -r link; do
    ln -sfn "$folder/root$(readlink "$link")" "$link"
done
rm -rf "$folder/apt"
: > "$folder/whole"
