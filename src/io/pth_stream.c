/* pth_stream.c — the stream that PyTorch wrote before 1.6: pickles of a magic number, a protocol, a
 * description of the machine, the tensors, the storages' keys; then each storage, in the order of
 * the keys: the number of elements in 64 bits, and the elements. */
#include <string.h>

#include "io/pth_file.h"

enum { PROTOCOL = 1001 };

/* After a protocol opcode, and from protocol 4 on a frame's: 0x1950a86a20f9469cfc6c in ten bytes.
 */
static const uint8_t magic[] = {0x8a, 10,   0x6c, 0xfc, 0x9c, 0x46,
                                0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};

bool gan_pth_is_stream(const uint8_t *bytes, size_t n)
{
    const size_t at = n > 2 && bytes[2] == 0x95 ? 11 : 2;
    return n >= at + sizeof magic && bytes[0] == 0x80 &&
           memcmp(bytes + at, magic, sizeof magic) == 0;
}

static gan_status fail(const gan_pth *file, const char *what, gan_error *err)
{
    return gan_fail(err, GAN_E_DATA, "%s: damaged: %s", file->label, what);
}

static gan_status read_next(gan_pth *file, size_t *at, gan_pickle_value **out, gan_error *err)
{
    const gan_pickle_reader reader = gan_pth_reader(file);
    size_t used = 0;
    const gan_status status = gan_pickle_read(&file->pickle, &reader, file->bytes + *at,
                                              file->n_bytes - *at, &used, out, err);
    *at += used;
    return status;
}

static gan_status check_machine(const gan_pth *file, const gan_pickle_value *protocol,
                                const gan_pickle_value *machine, gan_error *err)
{
    const gan_pickle_value *little = gan_pickle_find(machine, "little_endian");
    if (protocol->kind != GAN_PICKLE_INT || protocol->integer != PROTOCOL) {
        return fail(file, "it is of another protocol than 1001", err);
    }
    if (!little || little->kind != GAN_PICKLE_BOOL) {
        return fail(file, "it does not say what machine wrote it", err);
    }
    return little->integer
               ? GAN_OK
               : gan_fail(err, GAN_E_DATA,
                          "%s: was written by a big-endian machine: load and save it on "
                          "one that is not",
                          file->label);
}

static gan_status place_storages(gan_pth *file, const gan_pickle_value *keys, size_t at,
                                 gan_error *err)
{
    if (keys->kind != GAN_PICKLE_LIST || keys->n_items != file->n_storages) {
        return fail(file, "its list of storages is not that of its tensors", err);
    }
    for (size_t i = 0; i < keys->n_items; i++) {
        gan_pth_storage *storage = gan_pth_storage_of(file, keys->items[i]);
        uint64_t numel = 0;
        if (!storage || storage->at >= 0) {
            return fail(file, "its list of storages is not that of its tensors", err);
        }
        if (file->n_bytes - at < 8) {
            return fail(file, "it ends before its storages do", err);
        }
        for (int k = 7; k >= 0; k--) {
            numel = numel << 8 | file->bytes[at + (size_t)k];
        }
        const int64_t bytes = storage->numel * gan_pth_type_describe(storage->type)->bytes;
        if (numel != (uint64_t)storage->numel || (uint64_t)bytes > file->n_bytes - at - 8) {
            return fail(file, "a storage has another size than its tensors, or is cut off", err);
        }
        storage->at = (int64_t)at + 8;
        at += 8 + (size_t)bytes;
    }
    return at == file->n_bytes ? GAN_OK : fail(file, "more follows than its storages", err);
}

gan_status gan_pth_read_stream(gan_pth *file, gan_error *err)
{
    gan_pickle_value *number = NULL, *protocol = NULL, *machine = NULL, *root = NULL, *keys = NULL;
    size_t at = 0;
    GAN_TRY(read_next(file, &at, &number, err));
    GAN_TRY(read_next(file, &at, &protocol, err));
    GAN_TRY(read_next(file, &at, &machine, err));
    GAN_TRY(check_machine(file, protocol, machine, err));
    GAN_TRY(read_next(file, &at, &root, err));
    GAN_TRY(gan_pth_name_tensors(file, root, err));
    GAN_TRY(read_next(file, &at, &keys, err));
    return place_storages(file, keys, at, err);
}
