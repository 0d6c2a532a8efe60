/* import.c — weights of other programs into a checkpoint.
 *
 * The checkpoint of a run of the same network says everything else: data, settings, choices. What
 * is written is its beginning anew: step 0, Adam's moments 0, the networks that were brought in
 * place of its own, the average being G itself. `gan train --resume` goes on from there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/say.h"
#include "exchange/match.h"
#include "gan/exchange.h"
#include "net/net.h"
#include "session/newest.h"

typedef struct work {
    const gan_import_options *options;
    gan_checkpoint from;
    char *path; /* of from */
    gan_net *net;
    gan_safetensors_entry *entries;
    void **values; /* [entries] what they hold */
    size_t n;
} work;

/* --- what the checkpoint holds --- */

static bool begins(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* Whether a tensor begins anew at step 0. */
static bool begins_at_zero(const char *name)
{
    return begins(name, "adam_m/") || begins(name, "adam_v/") || strcmp(name, "counters") == 0;
}

static gan_status read_entries(work *w, gan_error *err)
{
    void *entries = NULL, *values = NULL;
    const size_t n = gan_safetensors_count(w->from.file);
    GAN_TRY(gan_calloc(n, sizeof *w->entries, &entries, err));
    w->entries = entries;
    GAN_TRY(gan_calloc(n, sizeof *w->values, &values, err));
    w->values = values;
    for (; w->n < n; w->n++) {
        const gan_safetensors_tensor *t = gan_safetensors_at(w->from.file, w->n);
        GAN_TRY(gan_calloc((size_t)(t->end - t->begin), 1, &w->values[w->n], err));
        w->entries[w->n] = (gan_safetensors_entry){.name = t->name,
                                                   .type = t->type,
                                                   .dims = t->dims,
                                                   .n_dims = t->n_dims,
                                                   .bytes = w->values[w->n]};
        if (!begins_at_zero(t->name)) {
            GAN_TRY(
                gan_safetensors_read(w->from.file, t, 0, t->end - t->begin, w->values[w->n], err));
        }
    }
    return GAN_OK;
}

/* --- what is brought --- */

/* Into the checkpoint's tensor of that name, which must be what its network says. */
static gan_status put(const work *w, const char *name, const gan_match *match, gan_dialect dialect,
                      gan_error *err)
{
    const gan_safetensors_tensor *t = NULL;
    GAN_TRY(gan_checkpoint_find_tensor(&w->from, name, match->param, &t, err));
    gan_axes_to_ours(gan_dialect_axes(dialect), match->param, match->tensor->x,
                     w->values[t - gan_safetensors_at(w->from.file, 0)]);
    return GAN_OK;
}

static gan_status put_all(const work *w, const gan_matches *m, gan_dialect dialect, gan_error *err)
{
    for (size_t i = 0; i < m->n; i++) {
        char *average = NULL;
        GAN_TRY(put(w, m->at[i].param->name, &m->at[i], dialect, err));
        GAN_TRY(gan_format(&average, err, "ema/%s", m->at[i].param->name));
        const gan_status status = gan_safetensors_find(w->from.file, average)
                                      ? put(w, average, &m->at[i], dialect, err)
                                      : GAN_OK;
        free(average);
        GAN_TRY(status);
        gan_say(w->options->table, "  %-36s <- %s", m->at[i].param->name, m->at[i].tensor->name);
    }
    return GAN_OK;
}

static gan_status bring(const work *w, const gan_stack *stack, const char *path, gan_error *err)
{
    gan_source source = {0};
    gan_matches matches = {0};
    gan_status status = GAN_OK;
    if (!stack) {
        return gan_fail(err, GAN_E_USAGE, "%s has no network for %s", w->path, path);
    }
    GAN_TRY_DONE(gan_source_read(path, &source, err));
    GAN_TRY_DONE(gan_match_make(stack, &source, path, &matches, err));
    gan_say(w->options->table, "%s, by %s:", path,
            matches.by_name ? "name" : "the order of its layers");
    GAN_TRY_DONE(put_all(w, &matches, source.dialect, err));
done:
    free(matches.at);
    gan_source_free(&source);
    return status;
}

/* --- the new checkpoint --- */

/* What the run of the checkpoint came to: no part of a beginning. */
static bool is_of_the_run(const char *key)
{
    static const char *const keys[] = {"course", "rollbacks", "lr_factor", "sha256"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(key, keys[i]) == 0) {
            return true;
        }
    }
    return false;
}

static gan_status write_checkpoint(const work *w, const char *output, gan_error *err)
{
    void *memory = NULL;
    const size_t n = gan_safetensors_meta_count(w->from.file);
    size_t kept = 0;
    GAN_TRY(gan_calloc(n, sizeof(gan_safetensors_meta), &memory, err));
    gan_safetensors_meta *metadata = memory;
    for (size_t i = 0; i < n; i++) {
        const gan_safetensors_meta m = gan_safetensors_meta_at(w->from.file, i);
        if (!is_of_the_run(m.key)) {
            metadata[kept++] =
                (gan_safetensors_meta){m.key, strcmp(m.key, "step") == 0 ? "0" : m.value};
        }
    }
    const gan_safetensors_content content = {.entries = w->entries,
                                             .n_entries = w->n,
                                             .metadata = metadata,
                                             .n_metadata = kept,
                                             .digest_key = "sha256"};
    gan_status status = gan_safetensors_write(output, &content, NULL, err);
    free(memory);
    return status;
}

static bool is_checkpoint_name(const char *path)
{
    static const char ending[] = ".safetensors";
    const size_t n = strlen(path), m = sizeof ending - 1;
    return n > m && strcmp(path + n - m, ending) == 0;
}

gan_status gan_import(const char *path, const char *output, const gan_import_options *options,
                      gan_error *err)
{
    work w = {.options = options};
    gan_status status = GAN_OK;
    if (!options->generator && !options->discriminator) {
        return gan_fail(err, GAN_E_USAGE,
                        "no weights to import: name a file for the generator, "
                        "the discriminator or both");
    }
    if (!is_checkpoint_name(output)) {
        return gan_fail(err, GAN_E_USAGE, "%s: a checkpoint is a file that ends in .safetensors",
                        output);
    }
    GAN_TRY_DONE(gan_newest_open_named(path, options->listener, &w.from, &w.path, err));
    GAN_TRY_DONE(gan_net_parse(w.from.net, w.path, &w.net, err));
    GAN_TRY_DONE(read_entries(&w, err));
    if (options->generator) {
        GAN_TRY_DONE(bring(&w, w.net->generator, options->generator, err));
    }
    if (options->discriminator) {
        GAN_TRY_DONE(bring(&w, w.net->discriminator, options->discriminator, err));
    }
    GAN_TRY_DONE(write_checkpoint(&w, output, err));
done:
    for (size_t i = 0; w.values && i < gan_safetensors_count(w.from.file); i++) {
        free(w.values[i]);
    }
    free(w.values);
    free(w.entries);
    gan_net_destroy(w.net);
    gan_checkpoint_close(&w.from);
    free(w.path);
    return status;
}
