/* set_cache.c — features of data sets, kept between calls.
 *
 * A file holds what it is a function of, and its own digest; it is believed only when both are
 * right. It is written whole or not at all, so two processes that make the same one do no harm. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "base/say.h"
#include "eval/set.h"
#include "io/safetensors.h"

static const char format[] = "gan.c features 1";
static const char digest_key[] = "sha256", data_key[] = "data", hash_key[] = "features",
                  format_key[] = "format";

static const int64_t most_bytes = (int64_t)1 << 30; /* larger ones are not kept */

typedef struct place {
    const char *fingerprint, *hash;
    char *path;
} place;

static gan_status find_place(const char *cache, const char *fingerprint, const char *hash,
                             place *out, gan_error *err)
{
    *out = (place){fingerprint, hash, NULL};
    return gan_format(&out->path, err, "%s/%.16s-%.16s.safetensors", cache, fingerprint, hash);
}

static bool says(const gan_safetensors *file, const char *key, const char *wanted)
{
    const char *value = gan_safetensors_meta_find(file, key);
    return value && strcmp(value, wanted) == 0;
}

static gan_status read_whole(gan_safetensors *file, const char *name, int64_t bytes, void *to,
                             gan_error *err)
{
    const gan_safetensors_tensor *tensor = gan_safetensors_find(file, name);
    if (!tensor || tensor->end - tensor->begin != bytes) {
        return gan_fail(err, GAN_E_DATA, "no such tensor '%s'", name);
    }
    return gan_safetensors_read(file, tensor, 0, bytes, to, err);
}

static gan_status read_set(gan_safetensors *file, const place *p, gan_feature_set *set,
                           gan_error *err)
{
    const gan_safetensors_tensor *features = gan_safetensors_find(file, "features");
    const int64_t d = set->d, n = features && features->n_dims == 2 ? features->dims[0] : 0;
    void *memory = NULL;
    if (n < 2 || !says(file, format_key, format) || !says(file, data_key, p->fingerprint) ||
        !says(file, hash_key, p->hash)) {
        return gan_fail(err, GAN_E_DATA, "of other features");
    }
    GAN_TRY(gan_safetensors_verify(file, digest_key, err));
    set->n = n;
    GAN_TRY(gan_calloc((size_t)n, (size_t)d * sizeof(float), &set->features, err));
    GAN_TRY(read_whole(file, "features", n * d * (int64_t)sizeof(float), set->features, err));
    if (set->k) {
        GAN_TRY(gan_calloc((size_t)n, (size_t)set->k * sizeof(float), &memory, err));
        set->logits = memory;
        GAN_TRY(read_whole(file, "logits", n * set->k * (int64_t)sizeof(float), set->logits, err));
    }
    GAN_TRY(gan_gaussian_make(&set->gaussian, d, err));
    set->gaussian.n = n;
    GAN_TRY(read_whole(file, "mean", d * (int64_t)sizeof(double), set->gaussian.mean, err));
    return read_whole(file, "covariance", d * d * (int64_t)sizeof(double), set->gaussian.covariance,
                      err);
}

/* True if the set is there, whole. */
static bool look_up(const place *p, const gan_extractor_info *info, gan_feature_set *set)
{
    gan_safetensors *file = NULL;
    *set = (gan_feature_set){.d = info->features, .k = info->logits, .planes = info->planes};
    if (gan_safetensors_open(p->path, &file, NULL) != GAN_OK) {
        return false;
    }
    const bool found = read_set(file, p, set, NULL) == GAN_OK;
    gan_safetensors_close(file);
    if (!found) {
        gan_feature_set_free(set);
    }
    return found;
}

static gan_status keep(const place *p, const char *cache, const gan_feature_set *set,
                       gan_error *err)
{
    const int64_t of_features[] = {set->n, set->d}, of_logits[] = {set->n, set->k};
    const int64_t of_covariance[] = {set->d, set->d};
    const gan_safetensors_entry entries[] = {
        {"mean", GAN_SAFETENSORS_F64, of_covariance, 1, set->gaussian.mean, NULL, NULL},
        {"covariance", GAN_SAFETENSORS_F64, of_covariance, 2, set->gaussian.covariance, NULL, NULL},
        {"features", GAN_SAFETENSORS_F32, of_features, 2, set->features, NULL, NULL},
        {"logits", GAN_SAFETENSORS_F32, of_logits, 2, set->logits, NULL, NULL},
    };
    const gan_safetensors_meta metadata[] = {
        {format_key, format}, {data_key, p->fingerprint}, {hash_key, p->hash}};
    const gan_safetensors_content content = {.entries = entries,
                                             .n_entries = set->logits ? 4 : 3,
                                             .metadata = metadata,
                                             .n_metadata = 3,
                                             .digest_key = digest_key};
    GAN_TRY(gan_path_make_folders(cache, err));
    return gan_safetensors_write(p->path, &content, NULL, err);
}

gan_status gan_feature_set_of_data(const gan_tools *tools, const gan_watch *watch,
                                   gan_extractor *extractor, const gan_data *data,
                                   const char *cache, gan_feature_set *out, gan_error *err)
{
    const gan_extractor_info info = gan_extractor_describe(extractor);
    const gan_data_info *of_data = gan_data_describe(data);
    const gan_source source = gan_source_of_data(data, 0, 1);
    const int64_t bytes = of_data->n * (info.features + info.logits) * (int64_t)sizeof(float);
    const bool kept = cache && *cache && bytes <= most_bytes;
    gan_error fault = {0};
    place p = {0};
    gan_status status = GAN_OK;
    if (kept) {
        GAN_TRY(find_place(cache, of_data->fingerprint, info.hash, &p, err));
        if (look_up(&p, &info, out)) {
            goto done;
        }
    }
    GAN_TRY_DONE(gan_feature_set_gather(tools, watch, extractor, &source, out, err));
    if (kept && keep(&p, cache, out, &fault) != GAN_OK) {
        gan_say(watch->listener, "the real pictures' features are not kept: %s", fault.text);
    }
done:
    free(p.path);
    return status;
}
