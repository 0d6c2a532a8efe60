/* store.h — the inside of an open data set, and how a format fills it. */
#ifndef GAN_DATA_STORE_H
#define GAN_DATA_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/sha256.h"
#include "data/look.h"
#include "gan/data.h"

struct gan_data {
    gan_data_info info; /* name and path point to the two strings below */
    char *name, *path;
    uint8_t *pixels; /* (N,H,W,C), gan_aligned_alloc, or in the mapping */
    uint8_t *map;    /* a mapped file, or NULL */
    size_t map_bytes;
    const char *spill;       /* a folder: where pixels are kept in a file, not in memory; or NULL */
    int32_t *labels;         /* N, or NULL; malloc */
    int32_t n_known_classes; /* the least that there are; 0: those that labels tell */
    char **class_names;
    int32_t n_class_names;
    char *unlabelled; /* why labels is NULL; NULL: not known yet */
    gan_sha256 hash;  /* of the pixels committed so far */
};

/* How one format is read. The table of formats is registry.c. */
typedef struct gan_data_format {
    /* True if path, which exists, is for this format to read or to refuse with its own words.
     * NULL for what the program draws. */
    bool (*accepts)(const char *path, bool is_folder);
    /* Fills data, which has a name and a path and nothing else. options are checked and complete
     * (split is never NULL). */
    gan_status (*load)(const char *path, const gan_data_options *options, gan_data *data,
                       gan_error *err);
    /* True if path has this split to load ("train" or "test"); a single file is "train" alone. */
    bool (*has_split)(const char *path, const char *split);
    bool holds_out; /* takes the option holdout: its pictures have names */
    /* gan_data_check for what is not packed in one file; NULL: every split is loaded whole. */
    gan_status (*check)(const char *path, const gan_data_check_options *options,
                        gan_data_report *report, gan_error *err);
    /* gan_data_take_look for what need not be opened whole for it; NULL: it is. */
    gan_status (*look)(const char *path, const gan_data_options *options, gan_data_look *out,
                       gan_error *err);
} gan_data_format;

gan_status gan_store_create(const char *name, const char *path, gan_data **out, gan_error *err);

/* Maps a file, which stays until the data set is closed; GAN_E_NO_INPUT, GAN_E_IO, GAN_E_MEMORY. */
gan_status gan_store_map(gan_data *data, const char *path, gan_error *err);
/* Pixels in a file without a name in data->spill, mapped to be written. GAN_E_CREATE; GAN_E_IO:
 * there is no room. */
gan_status gan_store_spill(gan_data *data, size_t bytes, gan_error *err);
/* Whether the pixels are in a mapped file, which may be larger than memory. The next three are for
 * such a set, and hints: they change nothing that is read. */
bool gan_store_is_mapped(const gan_data *data);
/* Images come in any order from now on: what is not expected is read by itself, without what lies
 * around it. */
void gan_store_scatter(const gan_data *data);
/* Image i, 0 <= i < n, is read soon: the system begins to bring it in, and does not wait. */
void gan_store_expect(const gan_data *data, int64_t i);
/* Image i is not read soon: its memory is given back. */
void gan_store_leave(const gan_data *data, int64_t i);
/* Ends the mapping; pixels in it are NULL then. */
void gan_store_unmap(gan_data *data);

/* Sets the shape and allocates the pixels, in a file where data->spill is set. GAN_E_MEMORY, before
 * any allocation, when they are more than the machine's memory. */
gan_status gan_store_reserve(gan_data *data, int64_t n, int64_t height, int64_t width,
                             int64_t channels, gan_error *err);

/* Tells that the next n pictures, in order, have their final pixels: they enter the fingerprint
 * while they are still in the processor's cache. */
void gan_store_commit(gan_data *data, int64_t first, int64_t n);

/* After the last commit: completes the fingerprint, if it is not known already. */
void gan_store_finish(gan_data *data);

/* Pictures of one known shape on their way into a data set, converted where the options ask for
 * another shape. */
typedef struct gan_intake {
    gan_data *data;
    gan_fit fit;
    gan_filter filter;
    int64_t height, width, channels; /* of the source */
    bool converts;
    uint8_t *raw; /* one source picture, when converting */
} gan_intake;

/* Reserves data for n pictures (options->limit already applied) and notes a conversion. */
gan_status gan_intake_begin(gan_intake *intake, gan_data *data, const gan_data_options *options,
                            int64_t n, int64_t height, int64_t width, int64_t channels,
                            gan_error *err);

/* Where the source's picture i goes, and, in *run, how many pictures may be written there one after
 * the other: 1 .. wanted. */
uint8_t *gan_intake_place(gan_intake *intake, int64_t i, int64_t wanted, int64_t *run);

/* Pictures i .. i+run-1 were written: converts and commits them. */
gan_status gan_intake_accept(gan_intake *intake, int64_t i, int64_t run, gan_error *err);

void gan_intake_end(gan_intake *intake); /* frees; a zeroed intake is fine */

/* GAN_E_INTERRUPTED once the flag is set. */
gan_status gan_data_poll(const volatile sig_atomic_t *cancel, gan_error *err);

#endif
