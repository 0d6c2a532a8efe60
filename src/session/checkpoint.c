/* checkpoint.c — a training state as one safetensors file. */
#include "session/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/say.h"
#include "base/text.h"
#include "gan/version.h"
#include "session/schedule.h"

static const char title[] = "the checkpoint";

/* Stored buffers that are saved as they are, whole. */
static const struct whole_buffer {
    const char *name;
    gan_safetensors_type type;
    int64_t n;
    bool of_fp16; /* only where losses are scaled */
} whole_buffers[] = {
    {GAN_STORED_COUNTERS, GAN_SAFETENSORS_I64, GAN_COUNTER_COUNT, false},
    {GAN_STORED_LOSS_SCALE, GAN_SAFETENSORS_F32, GAN_NET_COUNT, true},
    {GAN_STORED_LOSS_GROWTH, GAN_SAFETENSORS_I32, GAN_NET_COUNT, true}, /* steps since it changed */
};
enum { N_WHOLE = sizeof whole_buffers / sizeof whole_buffers[0] };

/* --- writing --- */

typedef struct source {
    const gan_backend *backend;
    gan_device *device;
    const char *buffer;
    int64_t offset; /* bytes */
} source;

static gan_status read_source(void *user, int64_t offset, int64_t n, void *bytes, gan_error *err)
{
    const source *s = user;
    return s->backend->read(s->device, s->buffer, s->offset + offset, bytes, n, err);
}

/* The state's tensors as entries; entries and sources have room for list->n + N_WHOLE. */
static size_t list_entries(const gan_session *s, const gan_state_list *list,
                           gan_safetensors_entry *entries, source *sources)
{
    for (size_t i = 0; i < list->n; i++) {
        const gan_state_tensor *t = &list->tensors[i];
        sources[i] = (source){s->backend, s->device, t->buffer, t->offset * (int64_t)sizeof(float)};
        entries[i] = (gan_safetensors_entry){.name = t->name,
                                             .type = GAN_SAFETENSORS_F32,
                                             .dims = t->param->dims,
                                             .n_dims = t->param->rank,
                                             .source = read_source,
                                             .user = &sources[i]};
    }
    size_t n = list->n;
    for (int i = 0; i < N_WHOLE; i++) {
        const struct whole_buffer *b = &whole_buffers[i];
        if (b->of_fp16 && s->precision.type != GAN_F16) {
            continue;
        }
        sources[n] = (source){s->backend, s->device, b->name, 0};
        entries[n] = (gan_safetensors_entry){.name = b->name,
                                             .type = b->type,
                                             .dims = &b->n,
                                             .n_dims = 1,
                                             .source = read_source,
                                             .user = &sources[n]};
        n++;
    }
    return n;
}

/* Those that have a value, in their order; returns how many. */
static size_t leave_out_missing(gan_safetensors_meta *metadata, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (metadata[i].value) {
            metadata[kept++] = metadata[i];
        }
    }
    return kept;
}

static gan_status write_file(gan_session *s, const char *path, const gan_state_list *list,
                             const char *options, gan_error *err)
{
    char step[32], seed[32], rollbacks[32], name[GAN_TEXT_CLEAN_SIZE];
    const gan_data_info *data = gan_data_describe(s->data);
    void *entries = NULL, *sources = NULL;
    gan_status status = GAN_OK;
    snprintf(step, sizeof step, "%lld", (long long)s->step);
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)s->options.seed);
    snprintf(rollbacks, sizeof rollbacks, "%lld", (long long)s->rollbacks);
    char *tune = NULL;
    gan_text factor = {0}; /* printf alone has the comma of who embeds us */
    gan_text_add(&factor, "%.17g", s->lr_factor);
    GAN_TRY_DONE(gan_text_check(&factor, err));
    if (s->tune && gan_tune_size(s->tune) > 0) {
        GAN_TRY_DONE(gan_tune_text(s->tune, &tune, err));
    }
    gan_safetensors_meta metadata[] = {
        {"format", GAN_CHECKPOINT_FORMAT},
        {"version", gan_version()},
        {"step", step},
        {"seed", seed},
        {"net", gan_net_text(s->net)},
        {"options", options},
        {"data", gan_text_clean(data->name, name)}, /* a folder's name may not be UTF-8 */
        {"data_fingerprint", gan_session_fingerprint(s)},
        {"device", s->backend->describe(s->device)},
        {"choices", s->backend->choices(s->device)},
        {"rollbacks", s->rollbacks > 0 ? rollbacks : NULL},
        {"lr_factor", s->rollbacks > 0 ? factor.data : NULL},
        {"course", s->course},
        {"tune", tune}};
    GAN_TRY_DONE(gan_calloc(list->n + N_WHOLE, sizeof(gan_safetensors_entry), &entries, err));
    GAN_TRY_DONE(gan_calloc(list->n + N_WHOLE, sizeof(source), &sources, err));
    const size_t n_metadata = leave_out_missing(metadata, sizeof metadata / sizeof metadata[0]);
    const size_t n = list_entries(s, list, entries, sources);
    const gan_safetensors_content content = {.entries = entries,
                                             .n_entries = n,
                                             .metadata = metadata,
                                             .n_metadata = n_metadata,
                                             .digest_key = GAN_CHECKPOINT_DIGEST};
    GAN_TRY_DONE(gan_safetensors_write(path, &content, NULL, err));
done:
    gan_text_free(&factor);
    free(tune);
    free(entries);
    free(sources);
    return status;
}

gan_status gan_session_save(gan_session *session, const char *path, gan_error *err)
{
    gan_state_list list = {0};
    char *options = NULL;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_session_check(session, err));
    GAN_TRY_DONE(gan_options_yaml(&session->options, &options, err));
    GAN_TRY_DONE(gan_state_list_make(session->net, true, gan_options_averages(&session->options),
                                     &list, err));
    GAN_TRY_DONE(write_file(session, path, &list, options, err));
done:
    free(options);
    gan_state_list_free(&list);
    return status;
}

/* --- reading --- */

/* One of whole_buffers from the file to the device. */
static gan_status copy_whole(const gan_checkpoint *c, const struct whole_buffer *b,
                             const gan_backend *backend, gan_device *device, gan_error *err)
{
    int64_t values[GAN_COUNTER_COUNT]; /* the largest of them */
    const gan_safetensors_tensor *tensor = gan_safetensors_find(c->file, b->name);
    if (!tensor || tensor->type != b->type || tensor->elements != b->n) {
        return gan_fail(err, GAN_E_DATA, "the checkpoint has no %s", b->name);
    }
    const int64_t bytes = b->n * (b->type == GAN_SAFETENSORS_I64 ? 8 : 4);
    GAN_TRY(gan_safetensors_read(c->file, tensor, 0, bytes, values, err));
    if (b->type == GAN_SAFETENSORS_I64 && values[GAN_COUNTER_STEP] != c->step) {
        return gan_fail(err, GAN_E_DATA, "the checkpoint's counters disagree with its step");
    }
    return backend->write(device, b->name, 0, values, bytes, err);
}

/* Loss scales of a run that had none yet start anew. */
static gan_status copy_whole_buffers(const gan_checkpoint *c, const gan_session *s, gan_error *err)
{
    const bool fp16 = s->precision.type == GAN_F16;
    for (int i = 0; i < N_WHOLE; i++) {
        const struct whole_buffer *b = &whole_buffers[i];
        if (!b->of_fp16 || (fp16 && gan_safetensors_find(c->file, b->name))) {
            GAN_TRY(copy_whole(c, b, s->backend, s->device, err));
        }
    }
    return GAN_OK;
}

/* Every tensor is looked at before the first is copied. */
static gan_status restore(const gan_checkpoint *c, const gan_session *s, gan_error *err)
{
    gan_state_list list = {0};
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_state_list_make(s->net, true, gan_options_averages(&s->options), &list, err));
    GAN_TRY_DONE(gan_state_read(&list, c->file, title, s->backend, s->device, err));
    GAN_TRY_DONE(copy_whole_buffers(c, s, err));
done:
    gan_state_list_free(&list);
    return status;
}

gan_status gan_checkpoint_restore_generator(const gan_checkpoint *checkpoint, const gan_net *net,
                                            const gan_backend *backend, gan_device *device,
                                            bool averaged, gan_error *err)
{
    gan_state_list list = {0};
    GAN_TRY(gan_state_list_make_values(net->generator, averaged, &list, err));
    gan_status status = gan_state_read(&list, checkpoint->file, title, backend, device, err);
    gan_state_list_free(&list);
    return status;
}

/* The first n bytes of a text, printable and short, for a message. */
static const char *quote_line(const char *line, size_t n, char out[GAN_TEXT_CLEAN_SIZE])
{
    char copy[GAN_TEXT_CLEAN_SIZE];
    snprintf(copy, sizeof copy, "%.*s", (int)(n < sizeof copy ? n : sizeof copy - 1), line);
    return gan_text_clean(copy, out);
}

gan_status gan_checkpoint_compare_net(const gan_checkpoint *checkpoint, const char *path,
                                      const gan_net *net, gan_status status, gan_error *err)
{
    char there[GAN_TEXT_CLEAN_SIZE], here[GAN_TEXT_CLEAN_SIZE];
    gan_net_difference d;
    if (!gan_net_texts_differ(checkpoint->net, gan_net_text(net), &d)) {
        return GAN_OK;
    }
    return gan_fail(err, status,
                    "%s is a checkpoint of another network than %s: line %d is '%s' there and '%s' "
                    "here",
                    path, gan_net_name(net), d.line, quote_line(d.there, d.n_there, there),
                    quote_line(d.here, d.n_here, here));
}

static void tell_difference(const gan_listener *listener, const char *what, const char *saved,
                            const char *now)
{
    if (strcmp(saved, now) != 0) {
        gan_say(listener, "resume will not be bit-exact because %s changed from '%s' to '%s'", what,
                saved, now);
    }
}

/* Refuses a setting that must stay the same; tells of those that may change the result. */
static gan_status compare_options(const gan_session *s, const gan_options *saved,
                                  const gan_listener *listener, gan_error *err)
{
    for (int i = 0; i < GAN_OPTION_COUNT; i++) {
        gan_option_id id = (gan_option_id)i;
        gan_option_resume rule = gan_option_describe(id)->on_resume;
        char *now = NULL, *then = NULL;
        if (rule != GAN_RESUME_same && rule != GAN_RESUME_note) {
            continue; /* network, data and device are compared by content */
        }
        gan_status status = gan_options_text(&s->options, id, &now, err);
        if (status == GAN_OK) {
            status = gan_options_text(saved, id, &then, err);
        }
        const char *key = gan_option_describe(id)->key;
        if (status == GAN_OK && rule == GAN_RESUME_same && strcmp(now, then) != 0) {
            status = gan_fail(err, GAN_E_DATA, "%s differs: the checkpoint has %s, this run %s",
                              key, then, now);
        } else if (status == GAN_OK) {
            tell_difference(listener, key, then, now);
        }
        free(now);
        free(then);
        GAN_TRY(status);
    }
    return GAN_OK;
}

static gan_status compare(const gan_session *s, const gan_checkpoint *c, const char *path,
                          const gan_listener *listener, gan_error *err)
{
    gan_options saved = {0};
    const gan_data_info *data = gan_data_describe(s->data);
    GAN_TRY(gan_checkpoint_compare_net(c, path, s->net, GAN_E_DATA, err));
    if (strcmp(c->fingerprint, gan_session_fingerprint(s)) != 0) {
        return gan_fail(err, GAN_E_DATA,
                        "%s was trained on other data than the %lld image%s of %s (if it is "
                        "from before pictures were turned by their Exif orientation, train anew)",
                        path, (long long)data->n, gan_plural(data->n), data->name);
    }
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_options_init(&saved, err));
    GAN_TRY_DONE(gan_checkpoint_take_options(c, path, &saved, err));
    GAN_TRY_DONE(compare_options(s, &saved, listener, err));
    GAN_TRY_DONE(gan_schedule_check_length(&s->options, &saved, data->n, err));
    tell_difference(listener, "the device", c->choices, s->backend->choices(s->device));
done:
    gan_options_free(&saved);
    return status;
}

gan_status gan_session_load(gan_session *session, const char *path, const gan_listener *listener,
                            gan_error *err)
{
    gan_checkpoint checkpoint = {0};
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_checkpoint_open(path, &checkpoint, err));
    GAN_TRY_DONE(compare(session, &checkpoint, path, listener, err));
    GAN_TRY_DONE(restore(&checkpoint, session, err));
    GAN_TRY_DONE(gan_session_keep_course(session, checkpoint.course, err));
    session->step = session->first_step = checkpoint.step;
    session->sampled[0].measured = session->sampled[1].measured = false;
    status = gan_session_vary(session, checkpoint.rollbacks, checkpoint.lr_factor, err);
done:
    gan_checkpoint_close(&checkpoint);
    return status;
}
