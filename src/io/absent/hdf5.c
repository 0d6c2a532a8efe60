/* hdf5.c — HDF5 in a build without it. */
#include "io/hdf5.h"

static gan_status fail(gan_error *err)
{
    return gan_fail(err, GAN_E_UNSUPPORTED,
                    "this build has no HDF5, which Keras' files are: install libhdf5-dev "
                    "(`make deps` does) and build again");
}

gan_status gan_hdf5_write(const gan_hdf5_array *arrays, size_t n, void **bytes, size_t *size,
                          gan_error *err)
{
    (void)arrays;
    (void)n;
    *bytes = NULL;
    *size = 0;
    return fail(err);
}

gan_status gan_hdf5_read(const char *label, const void *bytes, size_t n, gan_hdf5_visitor *visit,
                         void *user, gan_error *err)
{
    (void)label;
    (void)bytes;
    (void)n;
    (void)visit;
    (void)user;
    return fail(err);
}
