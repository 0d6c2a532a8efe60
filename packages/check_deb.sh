#!/bin/sh
# check_deb.sh — the Debian packages in clean systems, made by mmdebstrap: built in one where the release has other
# libraries than this machine, installed by apt in another, and run. Then lintian.
#   sh packages/check_deb.sh VERSION ABI [RELEASE...]      bookworm trixie noble, by default; BUILT=FOLDER: packages of this
#                                                          machine's release (build/deb)
#   DEBIAN_MIRROR, UBUNTU_MIRROR: from where
set -eu
version=${1:?version} abi=${2:?abi}
shift 2
[ $# -gt 0 ] || set -- bookworm trixie noble
built=${BUILT:-build/deb} out=build/check-deb
here=$(. /etc/os-release && echo "${VERSION_CODENAME:-none}")
command -v mmdebstrap > /dev/null 2>&1 || { echo "check-deb: there is no mmdebstrap: sh mk/deps.sh deb installs it" >&2; exit 1; }
ubuntu=${UBUNTU_MIRROR:-http://archive.ubuntu.com/ubuntu}
mkdir -p "$out"

# Debian has no package of Ubuntu's key: it comes from the mirror, and is taken where it is the known one
# (fingerprint of "Ubuntu Archive Automatic Signing Key (2018)", as Ubuntu publishes it).
ubuntu_keyring() { # its path
    keyring=/usr/share/keyrings/ubuntu-archive-keyring.gpg
    if [ ! -f "$keyring" ]; then
        keyring=$out/keyring/usr/share/keyrings/ubuntu-archive-keyring.gpg
        curl -sfL -o "$out/keyring.deb" "$ubuntu/pool/main/u/ubuntu-keyring/ubuntu-keyring_2023.11.28.1_all.deb" &&
            dpkg-deb -x "$out/keyring.deb" "$out/keyring" &&
            gpg --show-keys --with-colons "$keyring" 2> /dev/null | grep -q ':F6ECB3762474EDA9D21B7022871920D1991BC93C:' || return 1
    fi
    echo "$keyring"
}

made() { # made RELEASE OPTION...: a system of that release, used by the hooks among the options and thrown away
    release=$1
    shift
    case $release in
    noble | jammy | plucky | questing)
        set -- --components=main,universe --keyring="$(ubuntu_keyring)" "$@" \
            "$release" /dev/null "$ubuntu" ;;
    *) set -- "$@" "$release" /dev/null "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" ;;
    esac
    mmdebstrap --variant=apt --format=null "$@"
}

failed=''
for release in "$@"; do
    debs=$out/$release
    log=$out/$release.log
    : > "$log"
    if [ "$release" = "$here" ]; then
        debs=$built
    else
        rm -rf "$debs" "$out/tree"
        mkdir -p "$debs" "$out/tree"
        git ls-files | tar -cf - -T - | tar -xf - -C "$out/tree"
        made "$release" --customize-hook="mkdir -p \"\$1/src\"" --customize-hook="sync-in $out/tree /src" --customize-hook="chroot \"\$1\" sh -c 'cd /src &&
            sh mk/deps.sh && sh mk/deps.sh deb &&
            DEBFULLNAME=\"${DEBFULLNAME:-$(git config user.name)}\" DEBEMAIL=\"${DEBEMAIL:-$(git config user.email)}\" \
            SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) sh packages/deb.sh $version $abi && rm -rf build/deb/gan-c-*'" \
            --customize-hook="sync-out /src/build/deb $debs" >> "$log" 2>&1 || {
            echo "FAILED  $release: the packages cannot be built there; see $log"
            failed="$failed $release"
            continue
        }
        rm -rf "$out/tree"
    fi
    if made "$release" --customize-hook="copy-in $(echo "$debs/gan-c_$version"_*.deb "$debs/libgan${abi}_$version"_*.deb) /root" \
        --customize-hook="chroot \"\$1\" sh -c 'cd /root && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ./*.deb &&
            gan train --net mnist-quick --data digits --limit 256 -b 32 --steps 4 --outdir runs &&
            gan sample runs/* -o samples.png && gan data list && gan plan --gpu list > /dev/null && apt-get remove -y gan-c &&
            [ ! -e /usr/bin/gan ] && echo TRIED'" >> "$log" 2>&1 && grep -q '^TRIED$' "$log"; then
        echo "ok      $release: installed by apt, trained, removed"
    else
        echo "FAILED  $release: see $log"
        failed="$failed $release"
    fi
done

# A maintainer's address that is no address is said, and no fault of the packages: DEBEMAIL says another.
if command -v lintian > /dev/null 2>&1; then
    lintian --allow-root "$built"/*.deb > "$out/lintian" 2>&1 || true
    grep -q 'bogus-mail-host' "$out/lintian" && echo "lintian: no address of the maintainer (set DEBEMAIL)"
    if grep -v -e 'bogus-mail-host' -e '^N:' "$out/lintian"; then failed="$failed lintian"; else echo "ok      lintian"; fi
fi
[ -z "$failed" ] || { echo "failed:$failed"; exit 1; }
