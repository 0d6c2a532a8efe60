/* ffmpeg.c — a video by the ffmpeg that is there.
 *
 * Its standard input is one end of a pair of sockets, not a pipe: a program that has ended is then
 * an error of send(2), and no signal. What it says goes into a file without a name, read when it
 * fails. It runs with bit-exact flags: the same frames give the same bytes with the same ffmpeg. */
#define _GNU_SOURCE /* O_TMPFILE's kin: mkstemp; posix_spawnp, MSG_NOSIGNAL */
#include "io/ffmpeg.h"

#include <errno.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"

enum { SAID_SIZE = 200 };

struct gan_ffmpeg {
    char *path, *part; /* part: what ffmpeg writes */
    size_t frame;      /* bytes */
    pid_t pid;         /* 0: none */
    int input;         /* -1: closed */
    FILE *said;
    int64_t n_frames;
};

/* ".NAME" beside path, with the same ending: ffmpeg goes by it. */
static gan_status name_part(gan_ffmpeg *v, gan_error *err)
{
    char *folder = NULL;
    GAN_TRY(gan_path_folder(v->path, &folder, err));
    gan_status status =
        access(folder, W_OK | X_OK) == 0
            ? gan_format(&v->part, err, "%s/.%ld-%s", folder, (long)getpid(),
                         gan_path_base(v->path))
            : gan_fail(err, GAN_E_CREATE, "%s cannot be made: %s", v->path, strerror(errno));
    free(folder);
    return status;
}

/* The first line that it said, without the blanks at its end. */
static gan_status fail(const gan_ffmpeg *v, const char *what, gan_error *err)
{
    char said[SAID_SIZE] = "";
    rewind(v->said);
    if (!fgets(said, sizeof said, v->said)) {
        said[0] = '\0';
    }
    said[strcspn(said, "\r\n")] = '\0';
    gan_text_clean_line(said);
    return gan_fail(err, GAN_E_IO, "%s: ffmpeg %s%s%s", v->path, what, *said ? ": " : "", said);
}

static gan_status start(gan_ffmpeg *v, int input, char *const *words, gan_error *err)
{
    posix_spawn_file_actions_t actions;
    const int said = fileno(v->said);
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed) {
        return gan_fail(err, GAN_E_MEMORY, "%s: %s", v->path, strerror(failed));
    }
    failed = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    failed = failed ? failed : posix_spawn_file_actions_adddup2(&actions, said, STDOUT_FILENO);
    failed = failed ? failed : posix_spawn_file_actions_adddup2(&actions, said, STDERR_FILENO);
    failed = failed ? failed : posix_spawnp(&v->pid, words[0], &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed) {
        v->pid = 0;
    }
    return failed == 0 || failed == ENOENT
               ? GAN_OK
               : gan_fail(err, GAN_E_IO, "%s cannot be started: %s", words[0], strerror(failed));
}

/* Starts it with an input; v->pid stays 0 where there is no such program. */
static gan_status run(gan_ffmpeg *v, const char *shape, bool is_grey, const char *rate,
                      gan_error *err)
{
    const char *wish = getenv("GAN_FFMPEG");
    const char *const words[] = {wish && *wish ? wish : "ffmpeg",
                                 "-hide_banner",
                                 "-loglevel",
                                 "error",
                                 "-y",
                                 "-f",
                                 "rawvideo",
                                 "-pix_fmt",
                                 is_grey ? "gray" : "rgb24",
                                 "-s",
                                 shape,
                                 "-r",
                                 rate,
                                 "-i",
                                 "-",
                                 "-an",
                                 "-pix_fmt",
                                 "yuv420p",
                                 "-fflags",
                                 "+bitexact",
                                 "-flags",
                                 "+bitexact",
                                 "-map_metadata",
                                 "-1",
                                 v->part,
                                 NULL};
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return gan_fail(err, GAN_E_IO, "%s: no socket: %s", v->path, strerror(errno));
    }
    v->input = ends[1];
    gan_status status = start(v, ends[0], (char *const *)(uintptr_t)words, err);
    (void)close(ends[0]);
    return status;
}

gan_status gan_ffmpeg_create(const char *path, int64_t height, int64_t width, int64_t channels,
                             int rate, gan_ffmpeg **out, gan_error *err)
{
    gan_status status = GAN_OK;
    void *block = NULL;
    char shape[64], rate_text[16];
    *out = NULL;
    GAN_TRY(gan_calloc(1, sizeof(gan_ffmpeg), &block, err));
    gan_ffmpeg *v = block;
    v->input = -1;
    v->frame = (size_t)(height * width * channels);
    snprintf(shape, sizeof shape, "%" PRId64 "x%" PRId64, width, height);
    snprintf(rate_text, sizeof rate_text, "%d", rate);
    GAN_TRY_DONE(gan_strdup(path, &v->path, err));
    GAN_TRY_DONE(name_part(v, err));
    v->said = tmpfile();
    if (!v->said) {
        status = gan_fail(err, GAN_E_IO, "%s: no temporary file: %s", path, strerror(errno));
        goto done;
    }
    GAN_TRY_DONE(run(v, shape, channels == 1, rate_text, err));
    if (v->pid) {
        *out = v;
        v = NULL;
    }
done:
    gan_ffmpeg_destroy(v);
    return status;
}

gan_status gan_ffmpeg_add(gan_ffmpeg *v, const uint8_t *pixels, gan_error *err)
{
    for (size_t done = 0; done < v->frame;) {
        const ssize_t n = send(v->input, pixels + done, v->frame - done, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR) {
            return fail(v, "ended before the last frame", err);
        }
        done += n > 0 ? (size_t)n : 0;
    }
    v->n_frames++;
    return GAN_OK;
}

/* Closes its input and waits; true if it ended well. */
static bool end(gan_ffmpeg *v)
{
    int state = 0;
    pid_t got = 0;
    if (v->input >= 0) {
        (void)close(v->input);
        v->input = -1;
    }
    do {
        got = v->pid ? waitpid(v->pid, &state, 0) : 0;
    } while (got < 0 && errno == EINTR);
    v->pid = 0;
    return got > 0 && WIFEXITED(state) && WEXITSTATUS(state) == 0;
}

gan_status gan_ffmpeg_finish(gan_ffmpeg *v, gan_error *err)
{
    if (v->n_frames == 0) {
        return gan_fail(err, GAN_E_USAGE, "%s: a video without a frame", v->path);
    }
    if (!end(v)) {
        return fail(v, "failed", err);
    }
    if (rename(v->part, v->path) != 0) {
        return gan_fail(err, GAN_E_IO, "%s cannot be put in its place: %s", v->path,
                        strerror(errno));
    }
    return GAN_OK;
}

void gan_ffmpeg_destroy(gan_ffmpeg *v)
{
    if (!v) {
        return;
    }
    (void)end(v);
    if (v->part) {
        (void)unlink(v->part);
    }
    if (v->said) {
        (void)fclose(v->said);
    }
    free(v->path);
    free(v->part);
    free(v);
}
