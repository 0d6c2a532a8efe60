/* pth_archive.c — PyTorch's zip archive: <name>/data.pkl, <name>/byteorder, <name>/data/<key>.
 * PyTorch packs nothing; an archive that was packed anew is read all the same. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/pth_file.h"

static const zip_uint64_t pickle_cap = (zip_uint64_t)256 << 20;

static gan_status fail(const gan_pth *file, const char *name, const char *why, gan_error *err)
{
    return gan_fail(err, GAN_E_DATA, "%s: damaged: %s: %s", file->label, name, why);
}

static gan_status open_zip(gan_pth *file, const char *path, gan_error *err)
{
    zip_error_t why;
    zip_error_init(&why);
    file->source = path ? zip_source_file_create(path, 0, -1, &why)
                        : zip_source_buffer_create(file->bytes, file->n_bytes, 0, &why);
    file->zip = file->source ? zip_open_from_source(file->source, ZIP_RDONLY, &why) : NULL;
    gan_status status = GAN_OK;
    if (file->zip) {
        file->source = NULL; /* it is the archive's now */
    } else {
        const bool no_memory = zip_error_code_zip(&why) == ZIP_ER_MEMORY;
        status = gan_fail(err, no_memory ? GAN_E_MEMORY : GAN_E_DATA, "%s: damaged: %s",
                          file->label, zip_error_strerror(&why));
    }
    zip_error_fini(&why);
    return status;
}

/* All of an opened member; its sum is compared at its end. */
static gan_status read_opened(gan_pth *file, zip_file_t *member, const char *name, uint8_t *bytes,
                              zip_uint64_t n, gan_error *err)
{
    uint8_t extra = 0;
    zip_uint64_t got = 0;
    while (got < n) {
        const zip_int64_t part = zip_fread(member, bytes + got, n - got);
        if (part <= 0) {
            return fail(file, name, part < 0 ? zip_file_strerror(member) : "cut off", err);
        }
        got += (zip_uint64_t)part;
    }
    const zip_int64_t more = zip_fread(member, &extra, 1);
    return more == 0 ? GAN_OK
                     : fail(file, name, more < 0 ? zip_file_strerror(member) : "too long", err);
}

/* A member of a size that is known or at most cap, in a new block. */
static gan_status read_member(gan_pth *file, const char *name, zip_uint64_t size, bool is_cap,
                              uint8_t **bytes, zip_uint64_t *n, gan_error *err)
{
    zip_stat_t st;
    *bytes = NULL;
    if (zip_stat(file->zip, name, 0, &st) != 0 || !(st.valid & ZIP_STAT_SIZE)) {
        return fail(file, name, "is not in the archive", err);
    }
    if (is_cap ? st.size > size : st.size != size) {
        return fail(file, name, "has another size than its tensors", err);
    }
    zip_file_t *member = zip_fopen(file->zip, name, 0);
    if (!member) {
        return fail(file, name, zip_strerror(file->zip), err);
    }
    gan_status status = gan_calloc((size_t)st.size, 1, (void **)bytes, err);
    if (status == GAN_OK) {
        status = read_opened(file, member, name, *bytes, st.size, err);
    }
    (void)zip_fclose(member); /* was read: what it had to say is said */
    if (status != GAN_OK) {
        free(*bytes);
        *bytes = NULL;
    }
    *n = st.size;
    return status;
}

/* The folder that all is in: that of the first data.pkl. */
static gan_status find_folder(gan_pth *file, gan_error *err)
{
    static const char pickle[] = "/data.pkl";
    const size_t n_pickle = sizeof pickle - 1;
    const zip_int64_t n = zip_get_num_entries(file->zip, 0);
    for (zip_int64_t i = 0; i < n; i++) {
        const char *name = zip_get_name(file->zip, (zip_uint64_t)i, ZIP_FL_ENC_RAW);
        const size_t n_name = name ? strlen(name) : 0;
        if (n_name > n_pickle && n_name < 4096 && strcmp(name + n_name - n_pickle, pickle) == 0) {
            return gan_format(&file->folder, err, "%.*s/", (int)(n_name - n_pickle), name);
        }
    }
    return gan_fail(err, GAN_E_DATA, "%s: an archive, but not one of PyTorch: it has no data.pkl",
                    file->label);
}

static gan_status member_name(const gan_pth *file, const char *name, char **out, gan_error *err)
{
    return gan_format(out, err, "%s%s", file->folder, name);
}

static bool has_member(const gan_pth *file, const char *name)
{
    char *path = NULL;
    const bool found =
        member_name(file, name, &path, NULL) == GAN_OK && zip_name_locate(file->zip, path, 0) >= 0;
    free(path);
    return found;
}

/* Archives from before 2.1 do not say; there were none of big-endian machines then. */
static gan_status check_order(gan_pth *file, gan_error *err)
{
    char *name = NULL;
    uint8_t *order = NULL;
    zip_uint64_t n = 0;
    if (!has_member(file, "byteorder")) {
        return GAN_OK;
    }
    GAN_TRY(member_name(file, "byteorder", &name, err));
    gan_status status = read_member(file, name, 16, true, &order, &n, err);
    if (status == GAN_OK && (n != 6 || memcmp(order, "little", 6) != 0)) {
        status = gan_fail(err, GAN_E_DATA,
                          "%s: was written by a big-endian machine: load and save it on one that "
                          "is not",
                          file->label);
    }
    free(order);
    free(name);
    return status;
}

static gan_status read_pickle(gan_pth *file, gan_error *err)
{
    char *name = NULL;
    zip_uint64_t n = 0;
    size_t used = 0;
    gan_pickle_value *root = NULL;
    const gan_pickle_reader reader = gan_pth_reader(file);
    GAN_TRY(member_name(file, "data.pkl", &name, err));
    gan_status status = read_member(file, name, pickle_cap, true, &file->pickled, &n, err);
    free(name);
    GAN_TRY(status);
    GAN_TRY(gan_pickle_read(&file->pickle, &reader, file->pickled, (size_t)n, &used, &root, err));
    return gan_pth_name_tensors(file, root, err);
}

gan_status gan_pth_read_archive(gan_pth *file, const char *path, gan_error *err)
{
    GAN_TRY(open_zip(file, path, err));
    GAN_TRY(find_folder(file, err));
    if (has_member(file, "constants.pkl")) {
        return gan_fail(
            err, GAN_E_DATA,
            "%s: a program (TorchScript), and none is run here: "
            "torch.save(torch.jit.load(...).state_dict(), 'new.pth') writes its tensors",
            file->label);
    }
    GAN_TRY(check_order(file, err));
    return read_pickle(file, err);
}

gan_status gan_pth_hold_member(gan_pth *file, const gan_pth_storage *storage, uint8_t **bytes,
                               gan_error *err)
{
    char *name = NULL;
    zip_uint64_t n = 0;
    const int64_t size = storage->numel * gan_pth_type_describe(storage->type)->bytes;
    GAN_TRY(gan_format(&name, err, "%sdata/%s", file->folder, storage->key));
    const gan_status status = read_member(file, name, (zip_uint64_t)size, false, bytes, &n, err);
    free(name);
    return status;
}
