#!/bin/sh
# setup.sh — on a rented machine, once, as root: NVIDIA's driver and libraries, gan.c from this source
# where no package brought it, and the service that trains (run.sh). /etc/gan/run.conf says what.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
export DEBIAN_FRONTEND=noninteractive
. "${GAN_CONF:-/etc/gan/run.conf}"

# NVIDIA's repository has the driver, cuBLAS, cuDNN and the compiler; an image that brings a driver keeps it.
. /etc/os-release
release=$(echo "$ID$VERSION_ID" | tr -d .)
case $(uname -m) in aarch64) machine=sbsa ;; *) machine=x86_64 ;; esac
if [ ! -f /usr/share/keyrings/cuda-archive-keyring.gpg ]; then
    curl -fsSLo /tmp/cuda-keyring.deb \
        "https://developer.download.nvidia.com/compute/cuda/repos/$release/$machine/cuda-keyring_1.1-1_all.deb"
    dpkg -i /tmp/cuda-keyring.deb
fi
apt-get update -qq
command -v nvidia-smi > /dev/null 2>&1 || apt-get install -y -qq cuda-drivers
compiler=''
command -v gan > /dev/null 2>&1 || compiler='cuda-nvcc-13-0 cuda-cudart-dev-13-0 libcublas-dev-13-0 libcudnn9-dev-cuda-13'
# shellcheck disable=SC2086  # a list of words
apt-get install -y -qq libcublas-13-0 libcudnn9-cuda-13 rsync $compiler
modprobe nvidia 2> /dev/null || echo "setup: the driver is not loaded yet; it will be after the next boot"

case ${GAN_KEEP:-}${GAN_FETCH:-} in
*s3://*) command -v aws > /dev/null 2>&1 || snap install aws-cli --classic ;;
*gs://*) command -v gcloud > /dev/null 2>&1 || snap install google-cloud-cli --classic ;;
*blob.core.windows.net*)
    if ! command -v azcopy > /dev/null 2>&1; then
        curl -fsSL https://aka.ms/downloadazcopy-v10-linux | tar -xz -C /tmp
        install -m 755 /tmp/azcopy_linux_*/azcopy /usr/local/bin/azcopy
    fi ;;
esac

if ! command -v gan > /dev/null 2>&1; then
    cd "$here/.."
    sh mk/deps.sh
    make -j"$(getconf _NPROCESSORS_ONLN)" CUDA=1 install
fi

cat > /etc/systemd/system/gan-cloud.service <<END
[Unit]
Description=gan.c: training on a rented machine (settings: /etc/gan/run.conf)
Wants=network-online.target
After=network-online.target nvidia-persistenced.service

[Service]
StateDirectory=gan
WorkingDirectory=/var/lib/gan
ExecStart=/bin/sh $here/run.sh
KillMode=mixed
TimeoutStopSec=25
# ended by a notice, with everything saved: the next boot resumes
SuccessExitStatus=143

[Install]
WantedBy=multi-user.target
END
systemctl daemon-reload
systemctl enable --now --no-block gan-cloud.service
