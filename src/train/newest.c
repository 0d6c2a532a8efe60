/* newest.c — the newest whole checkpoint of a run folder. */
#include "train/newest.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/path.h"
#include "train/run_folder.h"

enum { MAX_LOOKS = 100 };

typedef struct seeker {
    gan_note *note;
    void *note_ctx;
    gan_checkpoint *checkpoint;
    char **path;
    gan_error *fault, *err;
    bool vanished; /* a file was removed between the listing and its opening */
} seeker;

static void tell(const seeker *s, const char *what)
{
    char *line = NULL;
    if (s->note && gan_format(&line, NULL, "passed over: %s", what) == GAN_OK) {
        s->note(s->note_ctx, line);
    }
    free(line);
}

static gan_status first_whole(seeker *s, const gan_path_names *paths)
{
    s->vanished = false;
    for (size_t i = 0; i < paths->n; i++) {
        gan_error why = {0};
        gan_status status = gan_checkpoint_open(paths->name[i], s->checkpoint, &why);
        if (status == GAN_OK) {
            return gan_strdup(paths->name[i], s->path, s->err);
        }
        if (status == GAN_E_NO_INPUT && !gan_path_exists(paths->name[i])) {
            s->vanished = true;
            return GAN_OK;
        }
        tell(s, why.text);
        if (s->fault && s->fault->status == GAN_OK) {
            *s->fault = why;
        }
    }
    return GAN_OK;
}

gan_status gan_newest_open(const char *folder, gan_note *note, void *note_ctx,
                           gan_checkpoint *checkpoint, char **path, gan_error *fault,
                           gan_error *err)
{
    seeker s = {note, note_ctx, checkpoint, path, fault, err, true};
    *path = NULL;
    for (int look = 0; look < MAX_LOOKS && s.vanished; look++) {
        gan_path_names paths = {0};
        if (fault) {
            *fault = (gan_error){0};
        }
        GAN_TRY(gan_run_folder_checkpoints(folder, &paths, err));
        gan_status status = first_whole(&s, &paths);
        gan_path_names_free(&paths);
        GAN_TRY(status);
    }
    return GAN_OK;
}
