/* initial_files.h — the files that --init names. */
#ifndef GAN_EXCHANGE_INITIAL_FILES_H
#define GAN_EXCHANGE_INITIAL_FILES_H

#include "base/sha256.h"
#include "exchange/source.h"
#include "gan/listener.h"
#include "session/checkpoint.h"

/* One of them, open: a checkpoint, or the tensors of another file. */
typedef struct gan_initial_file {
    char *network; /* "g": the one that it is for; NULL: it was not said; owned */
    char *path;    /* of the file itself, owned */
    bool is_checkpoint;
    gan_checkpoint checkpoint;
    gan_source source;
    char hash[GAN_SHA256_TEXT];
} gan_initial_file;

typedef struct gan_initial_files {
    gan_initial_file *at;
    size_t n, capacity;
} gan_initial_files;

/* Opens the files of a text: "PATH", or "g=PATH,d=PATH" with the names of GAN_NETWORK_LIST. Errors
 * of gan_initial_read(). Close them after a failure too. */
gan_status gan_initial_files_open(const char *text, const gan_listener *listener,
                                  gan_initial_files *out, gan_error *err);
void gan_initial_files_close(gan_initial_files *files);

#endif
