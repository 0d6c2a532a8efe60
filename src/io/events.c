/* events.c — TensorBoard's event files: framing, names, and the order of files. */
#define _GNU_SOURCE /* gethostname, O_CLOEXEC */
#include "io/events.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/path.h"
#include "io/crc32c.h"
#include "io/events_file.h"

static const char name_start[] = "events.out.tfevents.";

enum { EVENT_WALL_TIME = 1, EVENT_STEP, EVENT_FILE_VERSION, EVENT_SUMMARY = 5 };
enum { EVENT_SESSION_LOG = 7, SESSION_LOG_STATUS = 1, SESSION_LOG_START = 1 };
enum { HEAD = 12, TAIL = 4 /* bytes around a record */ };

/* The second in the name of the folder's last event file; 0 where there is none. */
static gan_status last_second(const char *folder, long long *last, gan_error *err)
{
    gan_path_names names = {0};
    *last = 0;
    GAN_TRY(gan_path_list(folder, &names, err));
    for (size_t i = 0; i < names.n; i++) {
        if (strncmp(names.name[i], name_start, sizeof name_start - 1) == 0) {
            const long long second = strtoll(names.name[i] + sizeof name_start - 1, NULL, 10);
            *last = second > *last ? second : *last;
        }
    }
    gan_path_names_free(&names);
    return GAN_OK;
}

/* Names order the files: one that is younger by less than a second says the next one. */
static gan_status name_file(const char *folder, char **path, gan_error *err)
{
    char host[256] = "";
    long long last = 0, now = (long long)gan_clock_wall();
    GAN_TRY(last_second(folder, &last, err));
    (void)gethostname(host, sizeof host - 1);
    for (char *c = host; *c; c++) {
        *c = *c == '/' || (unsigned char)*c <= ' ' ? '-' : *c;
    }
    return gan_format(path, err, "%s/%s%010lld.%s", folder, name_start, now > last ? now : last + 1,
                      *host ? host : "localhost");
}

/* One record. What is written of it in vain is cut off again, so that the next one can be read. */
static gan_status write_record(const gan_events *e, const gan_text *event, gan_error *err)
{
    unsigned char head[HEAD], tail[TAIL];
    gan_text record = {0};
    gan_protobuf_little_endian(head, event->length, 8);
    gan_protobuf_little_endian(head + 8, gan_crc32c_masked(head, 8), 4);
    gan_protobuf_little_endian(tail, gan_crc32c_masked(event->data, event->length), 4);
    gan_text_add_bytes(&record, head, sizeof head);
    gan_text_add_bytes(&record, event->data, event->length);
    gan_text_add_bytes(&record, tail, sizeof tail);
    gan_status status = gan_text_check(&record, err);
    if (status == GAN_OK) {
        const off_t before = lseek(e->fd, 0, SEEK_END);
        status = gan_file_write_fd(e->fd, record.data, record.length, e->path, err);
        if (status != GAN_OK && before >= 0 && ftruncate(e->fd, before) != 0) {
            status = gan_fail_in(err, status, "a torn record is left");
        }
    }
    gan_text_free(&record);
    return status;
}

/* An event of one field beside its time and step. */
static gan_status write_event(const gan_events *e, int64_t step, double when, int field,
                              gan_text *content, gan_error *err)
{
    gan_text event = {0};
    gan_protobuf_add_double(&event, EVENT_WALL_TIME, when);
    if (step != 0) {
        gan_protobuf_add_integer(&event, EVENT_STEP, step);
    }
    gan_protobuf_add_message(&event, field, content);
    gan_status status = gan_text_check(&event, err);
    if (status == GAN_OK) {
        status = write_record(e, &event, err);
    }
    gan_text_free(&event);
    return status;
}

/* Every file says its version first; "brain.Event:2" is the one in which a START forgets steps. */
static gan_status begin_file(const gan_events *e, int64_t first_step, gan_error *err)
{
    const double now = gan_clock_wall();
    gan_text version = {0}, log = {0};
    gan_text_add(&version, "brain.Event:2");
    GAN_TRY(write_event(e, 0, now, EVENT_FILE_VERSION, &version, err));
    if (first_step <= 0) {
        return GAN_OK;
    }
    gan_protobuf_add_integer(&log, SESSION_LOG_STATUS, SESSION_LOG_START);
    return write_event(e, first_step, now, EVENT_SESSION_LOG, &log, err);
}

gan_status gan_events_open(const char *folder, int64_t first_step, gan_events **out, gan_error *err)
{
    void *block = NULL;
    gan_status status = GAN_OK;
    *out = NULL;
    GAN_TRY(gan_calloc(1, sizeof(gan_events), &block, err));
    gan_events *e = block;
    e->fd = -1;
    GAN_TRY_DONE(name_file(folder, &e->path, err));
    e->fd = open(e->path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (e->fd < 0) {
        status = gan_fail(err, GAN_E_CREATE, "cannot write %s: %s", e->path, strerror(errno));
        goto done;
    }
    GAN_TRY_DONE(begin_file(e, first_step, err));
    *out = e;
    e = NULL;
done:
    gan_events_close(e);
    return status;
}

gan_status gan_events_end(gan_events *e, int64_t step, double when, gan_error *err)
{
    gan_status status = e->fault;
    if (status != GAN_OK) {
        status = gan_fail(err, status, "%s: a picture that is not a PNG file", e->path);
        gan_text_free(&e->summary);
    } else if (e->summary.length > 0 || e->summary.status != GAN_OK) {
        status = write_event(e, step, when, EVENT_SUMMARY, &e->summary, err);
    }
    e->fault = GAN_OK;
    return status;
}

gan_status gan_events_sync(gan_events *e, gan_error *err)
{
    const int reason = gan_file_sync_fd(e->fd);
    return reason == 0 ? GAN_OK
                       : gan_fail(err, GAN_E_IO, "cannot sync %s: %s", e->path, strerror(reason));
}

void gan_events_close(gan_events *e)
{
    if (e) {
        if (e->fd >= 0) {
            (void)close(e->fd); /* what mattered was synced */
        }
        gan_text_free(&e->summary);
        free(e->path);
        free(e);
    }
}
