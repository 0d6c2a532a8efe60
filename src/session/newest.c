/* newest.c — the newest whole checkpoint of a run folder. */
#define _GNU_SOURCE /* lstat */
#include "session/newest.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/path.h"
#include "base/say.h"
#include "session/latest.h"
#include "session/run_folder.h"

enum { MAX_LOOKS = 100 };

typedef struct seeker {
    const gan_listener *listener;
    gan_checkpoint *checkpoint;
    char **path;
    gan_error *fault, *err;
    bool vanished; /* a file was removed between the listing and its opening */
} seeker;

static void tell(const seeker *s, const char *what)
{
    gan_say(s->listener, "passed over: %s", what);
}

/* What an unreadable file is: damaged or foreign, gone since it was listed, or one that may be as
 * good as any, on a disk or with permissions that do not give it: then nothing may be taken for it.
 */
typedef enum verdict { FOREIGN, GONE, UNKNOWN } verdict;

static verdict judge(const char *path, gan_status status)
{
    struct stat st;
    if (status == GAN_E_NO_INPUT && lstat(path, &st) != 0) {
        return errno == ENOENT ? GONE : UNKNOWN;
    }
    const bool is_no_file = status == GAN_E_NO_INPUT && !S_ISREG(st.st_mode) &&
                            (!S_ISLNK(st.st_mode) || access(path, F_OK) != 0);
    return status == GAN_E_DATA || is_no_file ? FOREIGN : UNKNOWN;
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
        switch (judge(paths->name[i], status)) {
        case GONE:
            s->vanished = true;
            return GAN_OK;
        case UNKNOWN:
            return gan_fail(s->err, status, "%s", why.text);
        case FOREIGN:
            tell(s, why.text);
            break;
        }
        if (s->fault && s->fault->status == GAN_OK) {
            *s->fault = why;
        }
    }
    return GAN_OK;
}

gan_status gan_newest_open(const char *folder, const gan_listener *listener,
                           gan_checkpoint *checkpoint, char **path, gan_error *fault,
                           gan_error *err)
{
    seeker s = {listener, checkpoint, path, fault, err, true};
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
    return !s.vanished
               ? GAN_OK
               : gan_fail(err, GAN_E_LOCKED,
                          "%s: another process removes its checkpoints as they are read", folder);
}

/* The newest checkpoint that is whole, or the newest one's fault if none is. */
static gan_status open_newest(const char *folder, const gan_listener *listener,
                              gan_checkpoint *checkpoint, char **path, gan_error *err)
{
    gan_error fault = {0};
    GAN_TRY(gan_newest_open(folder, listener, checkpoint, path, &fault, err));
    if (!*path && fault.status != GAN_OK) {
        return gan_fail(err, fault.status, "%s", fault.text);
    }
    if (!*path) {
        return gan_fail(err, GAN_E_NO_INPUT,
                        "%s: no checkpoint in it; name a run's folder, or a .safetensors file",
                        folder);
    }
    return GAN_OK;
}

gan_status gan_newest_open_named(const char *path, const gan_listener *listener,
                                 gan_checkpoint *checkpoint, char **found, gan_error *err)
{
    gan_path_kind kind;
    *found = NULL;
    GAN_TRY(gan_path_look(path, &kind, err));
    if (kind == GAN_PATH_FOLDER) {
        return open_newest(path, listener, checkpoint, found, err);
    }
    GAN_TRY(gan_latest_follow(path, found, err));
    return gan_checkpoint_open(*found, checkpoint, err);
}
