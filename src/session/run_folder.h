/* run_folder.h — the numbered folder of a run, its lock and its checkpoints.
 *
 *   runs/00003-dcgan-mnist-fashion-mnist-b256/
 *     config.yaml log.txt stats.jsonl reals.png progress.gif lock
 *     samples/step-00000235.png
 *     checkpoints/step-00000235.safetensors
 *     latest -> checkpoints/step-00000235.safetensors     (latest.h)
 *     best -> checkpoints/step-00000235.safetensors       (where samples are measured) */
#ifndef GAN_SESSION_RUN_FOLDER_H
#define GAN_SESSION_RUN_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/path.h"

typedef struct gan_run_folder {
    char *path;
    int lock_fd;  /* of its file `lock`; -1 when not open */
    int unlocked; /* errno where the file system locks nothing; 0: it is locked */
} gan_run_folder;

/* Makes outdir/NNNNN-name with the next number that was never used there, its subfolders, and locks
 * it. GAN_E_CREATE when outdir cannot be written to; GAN_E_MEMORY. */
gan_status gan_run_folder_create(const char *outdir, const char *name, gan_run_folder *run,
                                 gan_error *err);

/* Opens an existing run folder for continuing it, and locks it, where there are locks. GAN_E_LOCKED
 * when another process trains in it; GAN_E_NO_INPUT when it is not a run folder. Temporary files of
 * a killed process are removed. */
gan_status gan_run_folder_open(const char *path, gan_run_folder *run, gan_error *err);

/* Unlocks and frees; a zeroed or failed one is fine if lock_fd is -1 or path is NULL. */
void gan_run_folder_close(gan_run_folder *run);

/* run/below in a new string. */
gan_status gan_run_folder_path(const gan_run_folder *run, char **out, gan_error *err,
                               const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Paths of checkpoints in folder/checkpoints, newest first; freed by gan_path_names_free. */
gan_status gan_run_folder_checkpoints(const char *folder, gan_path_names *paths, gan_error *err);

/* Paths of the run folders in outdir, newest first. An outdir that is not there has none. Here as
 * with checkpoints, a folder that cannot be looked at is an error of gan_file_open_status(). */
gan_status gan_run_folder_list(const char *outdir, gan_path_names *paths, gan_error *err);

/* Makes run/latest lead to checkpoint `step` and run/best to checkpoint `best` (-1, or a file that
 * is not there: run/best stays), and removes all but the newest `keep` checkpoints up to that step
 * (0: none) and the best one. */
gan_status gan_run_folder_publish(const gan_run_folder *run, int64_t step, int64_t best,
                                  int64_t keep, gan_error *err);

/* run/checkpoints/step-NNNNNNNN.safetensors in a new string. */
gan_status gan_run_folder_checkpoint(const gan_run_folder *run, int64_t step, char **out,
                                     gan_error *err);

#endif
