/* feature_files.c — which network, and which weights, a person means by a word or a path. */
#include "eval/feature_files.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "base/share.h"
#include "io/safetensors.h"
#include "session/newest.h"

/* The colon between a description and its weights: the first behind ".yaml", or behind a name,
 * which has no slash; NULL where there is none. */
static const char *find_colon(const char *spec)
{
    static const char mark[] = ".yaml:";
    const char *yaml = strstr(spec, mark), *colon = strchr(spec, ':');
    if (gan_path_is_file(spec) || gan_path_is_folder(spec)) {
        return NULL;
    }
    if (yaml) {
        return yaml + sizeof mark - 2;
    }
    return colon && !memchr(spec, '/', (size_t)(colon - spec)) ? colon : NULL;
}

/* Weights with the description that they hold. */
static gan_status open_weights(gan_feature_files *f, gan_error *err)
{
    gan_safetensors *file = NULL;
    gan_status status = GAN_OK;
    GAN_TRY(gan_safetensors_open(f->weights, &file, err));
    const char *net = gan_safetensors_meta_find(file, "net");
    if (!net) {
        status = gan_fail(err, GAN_E_DATA,
                          "%s: holds no description of its network, as what `gan export --to "
                          "safetensors` writes does; name the network, too: NAME|FILE.yaml:%s",
                          f->weights, f->weights);
        goto done;
    }
    GAN_TRY_DONE(gan_net_parse(net, f->weights, &f->net, err));
    for (size_t i = 0; i < gan_safetensors_count(file); i++) {
        f->averaged |= strncmp(gan_safetensors_at(file, i)->name, "ema/", 4) == 0;
    }
done:
    gan_safetensors_close(file);
    return status;
}

static gan_status find_run(gan_feature_files *f, const char *folder, const gan_listener *listener,
                           gan_error *err)
{
    gan_checkpoint checkpoint = {0};
    const gan_status status =
        gan_newest_open_named(folder, listener, &checkpoint, &f->weights, err);
    gan_checkpoint_close(&checkpoint);
    return status;
}

/* *path: the file of shipped features, or NULL. */
static gan_status find_shipped(const char *name, char **path, gan_error *err)
{
    char *file = NULL;
    *path = NULL;
    if (strchr(name, '/') || strchr(name, '.')) {
        return GAN_OK;
    }
    GAN_TRY(gan_format(&file, err, "features/%s.safetensors", name));
    const gan_status status = gan_share_find(file, path, err);
    free(file);
    return status;
}

static gan_status find_pair(gan_feature_files *f, const char *spec, const char *colon,
                            gan_error *err)
{
    char *net = NULL;
    gan_status status = GAN_OK;
    GAN_TRY(gan_strdup(spec, &net, err));
    net[colon - spec] = '\0';
    GAN_TRY_DONE(gan_strdup(colon + 1, &f->weights, err));
    GAN_TRY_DONE(gan_net_load(net, &f->net, err));
done:
    free(net);
    return status;
}

static gan_status find(const char *spec, const gan_listener *listener, gan_feature_files *f,
                       gan_error *err)
{
    const char *colon = find_colon(spec);
    if (colon) {
        return find_pair(f, spec, colon, err);
    }
    if (gan_path_ends(spec, ".safetensors")) {
        GAN_TRY(gan_strdup(spec, &f->weights, err));
    } else if (gan_path_is_folder(spec) && strchr(spec, '/')) {
        GAN_TRY(find_run(f, spec, listener, err));
    } else {
        GAN_TRY(find_shipped(spec, &f->weights, err));
        GAN_TRY(f->weights ? gan_strdup(spec, &f->name, err) : GAN_OK);
    }
    return f->weights ? open_weights(f, err) : gan_net_load(spec, &f->net, err);
}

gan_status gan_feature_files_find(const char *spec, const gan_listener *listener,
                                  gan_feature_files *out, gan_error *err)
{
    *out = (gan_feature_files){0};
    GAN_TRY(find(spec, listener, out, err));
    return out->name ? GAN_OK : gan_strdup(gan_net_name(out->net), &out->name, err);
}

void gan_feature_files_free(gan_feature_files *files)
{
    gan_net_destroy(files->net);
    free(files->weights);
    free(files->name);
    *files = (gan_feature_files){0};
}
