/* start.h — what a run begins with: settings, network, and the checkpoint to resume from. */
#ifndef GAN_RUN_START_H
#define GAN_RUN_START_H

#include "gan/data.h"
#include "gan/listener.h"
#include "gan/session.h"

typedef struct gan_start {
    gan_options options; /* resolved: flags, environment, file, checkpoint, network, defaults */
    gan_net *net;
    char *checkpoint; /* path, or NULL: from the beginning */
    char *folder;     /* run folder to continue in, or NULL: a new one */
} gan_start;

/* gan_start_find() — looks up the network, for the word auto that of the checkpoint of
 * options->init, or by the data (recipe.h), and, with options->resume, the checkpoint. data: images
 * of the caller's, by whose name options go; or NULL.
 *
 *  resume PATH  a checkpoint, or a run folder: its newest whole checkpoint. What is not set is
 * taken from it; a setting that must stay the same and is given otherwise is GAN_E_USAGE. From a
 * checkpoint that is not its run's newest, or lies in no run, a new run begins.
 *
 *  resume auto  the newest run in outdir whose settings that must stay the same are all these; a
 * new run if there is none.
 *
 * Damaged and foreign checkpoints are passed over, which the listener is told; one that cannot be
 * read, or a folder, is an error: with auto, too. GAN_E_NO_INPUT, GAN_E_DATA, GAN_E_USAGE,
 * GAN_E_IO, GAN_E_MEMORY. Free with gan_start_free, also after a failure. */
gan_status gan_start_find(const gan_options *options, const gan_data *data,
                          const gan_listener *listener, gan_start *out, gan_error *err);
void gan_start_free(gan_start *start);

/* To be asked when start->folder is locked: GAN_E_LOCKED if its newest whole checkpoint is not the
 * one that gan_start_find found, because another process trained there in between. */
gan_status gan_start_confirm(const gan_start *start, gan_error *err);

#endif
