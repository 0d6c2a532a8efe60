/* safetensors_write.c — writing named tensors in the safetensors format.
 *
 * Larger types come first, then names in order: every tensor is aligned to its own type, and equal
 * content gives equal files. The digest is a field of the metadata inside the file that it is of:
 * it is hashed as 64 zeros, and its digits are patched in when all is written. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/sha256.h"
#include "base/text.h"
#include "io/json.h"
#include "io/safetensors_file.h"

enum { ALIGNMENT = 64, PIECE = 1 << 20, DIGEST_DIGITS = GAN_SHA256_TEXT - 1 };

/* A file on its way: sorted, with its header made. */
typedef struct output {
    const gan_safetensors_content *content;
    const gan_safetensors_entry **entries; /* in the order of the file */
    gan_safetensors_meta *metadata;        /* sorted, the digest's field included */
    size_t n_metadata;
    gan_text header;   /* the 8 bytes of its length included */
    int64_t digest_at; /* offset of the digits in the file; 0: none */
    int64_t data_bytes;
    gan_file_writer *file;
    gan_sha256 hash;
    void *piece;
} output;

static const char no_digest[] = "0000000000000000000000000000000000000000000000000000000000000000";

static int by_size_then_name(const void *a, const void *b)
{
    const gan_safetensors_entry *x = *(const gan_safetensors_entry *const *)a;
    const gan_safetensors_entry *y = *(const gan_safetensors_entry *const *)b;
    const int64_t m = gan_safetensors_type_bytes(x->type), n = gan_safetensors_type_bytes(y->type);
    return m != n ? (m < n) - (m > n) : strcmp(x->name, y->name);
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const gan_safetensors_entry *const *)a)->name,
                  (*(const gan_safetensors_entry *const *)b)->name);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const gan_safetensors_meta *)a)->key, ((const gan_safetensors_meta *)b)->key);
}

static bool is_utf8(const char *text)
{
    for (size_t left = strlen(text); left > 0;) {
        const size_t length = gan_text_utf8(text, left, NULL);
        if (length == 0) {
            return false;
        }
        text += length;
        left -= length;
    }
    return true;
}

static gan_status check_entry(const char *path, const gan_safetensors_entry *entry, gan_error *err)
{
    char shown[GAN_TEXT_CLEAN_SIZE];
    gan_text_clean(entry->name, shown);
    if (!is_utf8(entry->name) || strcmp(entry->name, "__metadata__") == 0) {
        return gan_fail(err, GAN_E_USAGE, "%s: '%s' cannot name a tensor", path, shown);
    }
    if ((unsigned)entry->type >= (unsigned)GAN_SAFETENSORS_TYPES || entry->n_dims < 0 ||
        entry->n_dims > GAN_SAFETENSORS_MAX_DIMS ||
        gan_safetensors_elements(entry->dims, entry->n_dims, entry->type) < 0) {
        return gan_fail(err, GAN_E_USAGE, "%s: tensor '%s' has an impossible type or shape", path,
                        shown);
    }
    return GAN_OK;
}

/* Sorts by name for the check, then for the file. */
static gan_status sort_entries(const char *path, output *out, gan_error *err)
{
    const size_t n = out->content->n_entries;
    void *block = NULL;
    GAN_TRY(gan_calloc(n, sizeof *out->entries, &block, err));
    out->entries = block;
    for (size_t i = 0; i < n; i++) {
        out->entries[i] = &out->content->entries[i];
        GAN_TRY(check_entry(path, out->entries[i], err));
    }
    qsort(out->entries, n, sizeof *out->entries, by_name);
    for (size_t i = 1; i < n; i++) {
        if (strcmp(out->entries[i]->name, out->entries[i - 1]->name) == 0) {
            char shown[GAN_TEXT_CLEAN_SIZE];
            return gan_fail(err, GAN_E_USAGE, "%s: two tensors are named '%s'", path,
                            gan_text_clean(out->entries[i]->name, shown));
        }
    }
    qsort(out->entries, n, sizeof *out->entries, by_size_then_name);
    return GAN_OK;
}

static gan_status sort_metadata(const char *path, output *out, gan_error *err)
{
    const gan_safetensors_content *content = out->content;
    void *block = NULL;
    char shown[GAN_TEXT_CLEAN_SIZE];
    GAN_TRY(gan_calloc(content->n_metadata + 1, sizeof *out->metadata, &block, err));
    out->metadata = block;
    for (size_t i = 0; i < content->n_metadata; i++) {
        out->metadata[out->n_metadata++] = content->metadata[i];
    }
    if (content->digest_key) {
        out->metadata[out->n_metadata++] = (gan_safetensors_meta){content->digest_key, no_digest};
    }
    for (size_t i = 0; i < out->n_metadata; i++) {
        if (!is_utf8(out->metadata[i].key) || !is_utf8(out->metadata[i].value)) {
            return gan_fail(err, GAN_E_USAGE, "%s: the metadata field '%s' is not UTF-8", path,
                            gan_text_clean(out->metadata[i].key, shown));
        }
    }
    qsort(out->metadata, out->n_metadata, sizeof *out->metadata, by_key);
    for (size_t i = 1; i < out->n_metadata; i++) {
        if (strcmp(out->metadata[i].key, out->metadata[i - 1].key) == 0) {
            return gan_fail(err, GAN_E_USAGE, "%s: two metadata fields are named '%s'", path,
                            gan_text_clean(out->metadata[i].key, shown));
        }
    }
    return GAN_OK;
}

static void add_metadata(output *out)
{
    gan_text_add(&out->header, "\"__metadata__\":{");
    for (size_t i = 0; i < out->n_metadata; i++) {
        gan_text_add(&out->header, "%s", i > 0 ? "," : "");
        gan_json_quote(&out->header, out->metadata[i].key);
        gan_text_add(&out->header, ":");
        if (out->metadata[i].value == no_digest) {
            out->digest_at = (int64_t)out->header.length + 1;
        }
        gan_json_quote(&out->header, out->metadata[i].value);
    }
    gan_text_add(&out->header, "}");
}

static void add_entry(output *out, const gan_safetensors_entry *entry)
{
    const int64_t elements = gan_safetensors_elements(entry->dims, entry->n_dims, entry->type);
    const int64_t begin = out->data_bytes;
    out->data_bytes += elements * gan_safetensors_type_bytes(entry->type);
    gan_json_quote(&out->header, entry->name);
    gan_text_add(&out->header, ":{\"dtype\":\"%s\",\"shape\":[",
                 gan_safetensors_type_name(entry->type));
    for (int i = 0; i < entry->n_dims; i++) {
        gan_text_add(&out->header, "%s%" PRId64, i > 0 ? "," : "", entry->dims[i]);
    }
    gan_text_add(&out->header, "],\"data_offsets\":[%" PRId64 ",%" PRId64 "]}", begin,
                 out->data_bytes);
}

static gan_status make_header(const char *path, output *out, gan_error *err)
{
    unsigned char length[8] = {0};
    gan_text *header = &out->header;
    gan_text_add_bytes(header, length, sizeof length);
    gan_text_add(header, "{");
    if (out->n_metadata > 0) {
        add_metadata(out);
    }
    for (size_t i = 0; i < out->content->n_entries; i++) {
        gan_text_add(header, "%s", i > 0 || out->n_metadata > 0 ? "," : "");
        add_entry(out, out->entries[i]);
        if (out->data_bytes > INT64_MAX / 2) {
            return gan_fail(err, GAN_E_USAGE, "%s: more than a file can hold", path);
        }
    }
    gan_text_add(header, "}");
    gan_text_add(header, "%*s", (int)((ALIGNMENT - header->length % ALIGNMENT) % ALIGNMENT), "");
    GAN_TRY(gan_text_check(header, err));
    const uint64_t bytes = header->length - sizeof length;
    if (bytes > GAN_SAFETENSORS_MAX_HEADER) {
        return gan_fail(err, GAN_E_USAGE,
                        "%s: names and metadata of %" PRIu64 " bytes; the format "
                        "allows %d",
                        path, bytes, GAN_SAFETENSORS_MAX_HEADER);
    }
    for (int i = 0; i < 8; i++) {
        header->data[i] = (char)(bytes >> (8 * i));
    }
    return GAN_OK;
}

static gan_status put(output *out, const void *bytes, int64_t n, gan_error *err)
{
    if (out->digest_at > 0) {
        gan_sha256_update(&out->hash, bytes, (size_t)n);
    }
    return gan_file_write(out->file, bytes, (size_t)n, err);
}

static gan_status put_tensor(output *out, const gan_safetensors_entry *entry, gan_error *err)
{
    const int64_t n = gan_safetensors_elements(entry->dims, entry->n_dims, entry->type) *
                      gan_safetensors_type_bytes(entry->type);
    if (n > 0 && !entry->bytes && !entry->source) {
        char shown[GAN_TEXT_CLEAN_SIZE];
        return gan_fail(err, GAN_E_USAGE, "tensor '%s' has no bytes",
                        gan_text_clean(entry->name, shown));
    }
    for (int64_t offset = 0; offset < n; offset += PIECE) {
        const int64_t piece = n - offset < PIECE ? n - offset : PIECE;
        const void *bytes = out->piece;
        if (entry->bytes) {
            bytes = (const char *)entry->bytes + offset;
        } else {
            GAN_TRY(entry->source(entry->user, offset, piece, out->piece, err));
        }
        GAN_TRY(put(out, bytes, piece, err));
    }
    return GAN_OK;
}

static gan_status put_all(output *out, gan_error *err)
{
    gan_sha256_init(&out->hash);
    GAN_TRY(put(out, out->header.data, (int64_t)out->header.length, err));
    for (size_t i = 0; i < out->content->n_entries; i++) {
        GAN_TRY(put_tensor(out, out->entries[i], err));
    }
    if (out->digest_at > 0) {
        char digits[GAN_SHA256_TEXT];
        gan_sha256_final_text(&out->hash, digits);
        GAN_TRY(gan_file_patch(out->file, out->digest_at, digits, DIGEST_DIGITS, err));
    }
    return GAN_OK;
}

gan_status gan_safetensors_write(const char *path, const gan_safetensors_content *content,
                                 const gan_file_options *options, gan_error *err)
{
    gan_status status = GAN_OK;
    output out = {.content = content};
    gan_file_options with_size = options ? *options : (gan_file_options){0};
    GAN_TRY_DONE(sort_entries(path, &out, err));
    GAN_TRY_DONE(sort_metadata(path, &out, err));
    GAN_TRY_DONE(make_header(path, &out, err));
    GAN_TRY_DONE(gan_calloc(PIECE, 1, &out.piece, err));
    with_size.expected_bytes = (int64_t)out.header.length + out.data_bytes;
    GAN_TRY_DONE(gan_file_create(path, &with_size, &out.file, err));
    GAN_TRY_DONE(put_all(&out, err));
    GAN_TRY_DONE(gan_file_commit(out.file, err));
done:
    gan_file_destroy(out.file);
    gan_text_free(&out.header);
    free(out.entries);
    free(out.metadata);
    free(out.piece);
    return status;
}
