#!/bin/sh
# slurm.sh — a batch job that trains on one GPU and puts itself into the queue again until the run is done:
#   GAN_FLAGS="--net dcgan-64 --data /scratch/pictures" sbatch cloud/slurm.sh
# Two minutes before the time is over Slurm sends SIGUSR2: gan saves and ends (143), and the job is requeued. A node
# without a network trains as well: what is needed is the program, the plugin and NVIDIA's libraries.
#SBATCH --job-name=gan
#SBATCH --gres=gpu:1
#SBATCH --cpus-per-task=4
#SBATCH --time=04:00:00
#SBATCH --signal=B:USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=gan-%j.log
set -u
# shellcheck disable=SC2086  # flags are words
"${GAN_PROGRAM:-gan}" train --outdir "${GAN_RUNS:-runs}" --resume auto --save-every 300s --device cuda ${GAN_FLAGS:-} &
train=$!
trap 'kill -TERM "$train"' USR2 TERM
wait "$train"; code=$?
while kill -0 "$train" 2> /dev/null; do wait "$train"; code=$?; done # a signal ends `wait`, not yet gan
[ "$code" -ne 143 ] || scontrol requeue "$SLURM_JOB_ID"
exit "$code"
