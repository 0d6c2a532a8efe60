/* hdf5.c — arrays of floats in an HDF5 file, through libhdf5.
 *
 * libhdf5's core driver keeps a file in memory. Its messages on stderr are turned off: what failed
 * is said by our own error. */
#include "io/hdf5.h"

#include <hdf5.h>
#include <stdlib.h>

#include "base/memory.h"

enum { INCREMENT = 1 << 20 /* bytes by which a file in memory grows */, MAX_RANK = 8 };
enum { PACKED_MOST = 1032 /* the most that deflate makes of a byte */ };

static gan_status fail(gan_error *err, const char *call)
{
    return gan_fail(err, GAN_E_BACKEND, "libhdf5: %s failed", call);
}

static void be_quiet(void)
{
    (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

/* --- writing --- */

static gan_status write_array(hid_t file, hid_t links, hid_t creation, const gan_hdf5_array *array,
                              gan_error *err)
{
    hsize_t dims[MAX_RANK];
    for (int i = 0; i < array->rank; i++) {
        dims[i] = (hsize_t)array->dims[i];
    }
    const hid_t space = H5Screate_simple(array->rank, dims, NULL);
    const hid_t set =
        H5Dcreate2(file, array->path, H5T_IEEE_F32LE, space, links, creation, H5P_DEFAULT);
    const bool written =
        set >= 0 && H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, array->x) >= 0;
    (void)H5Sclose(space);
    return (set < 0 || H5Dclose(set) >= 0) && written ? GAN_OK : fail(err, "H5Dwrite");
}

static gan_status take_image(hid_t file, void **bytes, size_t *size, gan_error *err)
{
    const bool flushed = H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0;
    const ssize_t n = flushed ? H5Fget_file_image(file, NULL, 0) : -1;
    if (n < 0) {
        return fail(err, "H5Fget_file_image");
    }
    GAN_TRY(gan_calloc((size_t)n, 1, bytes, err));
    *size = (size_t)n;
    if (H5Fget_file_image(file, *bytes, (size_t)n) != n) {
        free(*bytes);
        *bytes = NULL;
        return fail(err, "H5Fget_file_image");
    }
    return GAN_OK;
}

gan_status gan_hdf5_write(const gan_hdf5_array *arrays, size_t n, void **bytes, size_t *size,
                          gan_error *err)
{
    *bytes = NULL;
    *size = 0;
    be_quiet();
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS), links = H5Pcreate(H5P_LINK_CREATE);
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    const bool ready = H5Pset_fapl_core(access, INCREMENT, 0) >= 0 &&
                       H5Pset_create_intermediate_group(links, 1) >= 0 &&
                       H5Pset_obj_track_times(creation, 0) >= 0; /* else bytes tell the time */
    const hid_t file =
        ready ? H5Fcreate("gan.c in memory", H5F_ACC_TRUNC, H5P_DEFAULT, access) : -1;
    gan_status status = file >= 0 ? GAN_OK : fail(err, "H5Fcreate");
    for (size_t i = 0; i < n && status == GAN_OK; i++) {
        status = write_array(file, links, creation, &arrays[i], err);
    }
    if (status == GAN_OK) {
        status = take_image(file, bytes, size, err);
    }
    if (file >= 0) {
        (void)H5Fclose(file);
    }
    (void)H5Pclose(creation);
    (void)H5Pclose(links);
    (void)H5Pclose(access);
    return status;
}

/* --- reading --- */

typedef struct reader {
    const char *label;
    gan_hdf5_visitor *visit;
    void *user;
    gan_error *err;
    gan_status status;
} reader;

/* What is not stored is filled in, and what is packed grows: a few bytes can promise more than
 * there is memory for. */
static bool can_hold(hid_t set, hssize_t count)
{
    return (hsize_t)count / PACKED_MOST <= H5Dget_storage_size(set);
}

static gan_status read_numbers(const reader *r, hid_t set, hid_t space, const char *path)
{
    hsize_t sizes[MAX_RANK];
    int64_t dims[MAX_RANK];
    void *x = NULL;
    const int rank = H5Sget_simple_extent_ndims(space);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    if (rank < 0 || rank > MAX_RANK || count < 0 ||
        H5Sget_simple_extent_dims(space, sizes, NULL) < 0) {
        return gan_fail(r->err, GAN_E_DATA, "%s: %s has a shape that no parameter has", r->label,
                        path);
    }
    if (!can_hold(set, count)) {
        return gan_fail(r->err, GAN_E_DATA, "%s: damaged: %s promises more than it can hold",
                        r->label, path);
    }
    for (int i = 0; i < rank; i++) {
        dims[i] = (int64_t)sizes[i];
    }
    GAN_TRY(gan_calloc((size_t)count, sizeof(float), &x, r->err));
    const gan_hdf5_array array = {path, dims, rank, x};
    gan_status status =
        H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, x) >= 0
            ? r->visit(r->user, &array, r->err)
            : gan_fail(r->err, GAN_E_DATA, "%s: damaged: %s cannot be read", r->label, path);
    free(x);
    return status;
}

static gan_status read_set(const reader *r, hid_t object, const char *path)
{
    const hid_t set = H5Dopen2(object, path, H5P_DEFAULT);
    const hid_t type = set >= 0 ? H5Dget_type(set) : -1, space = set >= 0 ? H5Dget_space(set) : -1;
    gan_status status = GAN_OK;
    if (type < 0 || space < 0) {
        status = gan_fail(r->err, GAN_E_DATA, "%s: damaged: %s cannot be opened", r->label, path);
    } else if (H5Tget_class(type) == H5T_FLOAT) {
        status = read_numbers(r, set, space, path);
    }
    (void)H5Sclose(space);
    (void)H5Tclose(type);
    (void)H5Dclose(set);
    return status;
}

/* libhdf5 calls it for every object; 1 ends the walk. */
static herr_t look(hid_t object, const char *path, const H5O_info_t *info, void *user)
{
    reader *r = user;
    if (info->type == H5O_TYPE_DATASET) {
        r->status = read_set(r, object, path);
    }
    return r->status != GAN_OK;
}

gan_status gan_hdf5_read(const char *label, const void *bytes, size_t n, gan_hdf5_visitor *visit,
                         void *user, gan_error *err)
{
    be_quiet();
    reader r = {label, visit, user, err, GAN_OK};
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    const bool ready = H5Pset_fapl_core(access, INCREMENT, 0) >= 0 &&
                       H5Pset_file_image(access, (void *)(uintptr_t)bytes, n) >= 0; /* copied */
    const hid_t file = ready ? H5Fopen("gan.c in memory", H5F_ACC_RDONLY, access) : -1;
    if (file < 0) {
        r.status = gan_fail(err, GAN_E_DATA, "%s: no HDF5 file, or a damaged one", label);
    } else if (H5Ovisit(file, H5_INDEX_NAME, H5_ITER_INC, look, &r) < 0 && r.status == GAN_OK) {
        r.status = gan_fail(err, GAN_E_DATA, "%s: damaged: its groups cannot be walked", label);
    }
    if (file >= 0) {
        (void)H5Fclose(file);
    }
    (void)H5Pclose(access);
    return r.status;
}
