/* pictures.h — pictures, each a file by itself, on their way into a data set, decoded on all
 * processors: those of a folder, those of an archive. */
#ifndef GAN_DATA_PICTURES_H
#define GAN_DATA_PICTURES_H

#include <stdbool.h>

#include "data/picture.h"
#include "data/store.h"
#include "data/walk.h"

typedef struct gan_picture_source gan_picture_source;
typedef struct gan_pictures_job gan_pictures_job;

struct gan_picture_source {
    const char *path; /* of the folder or the archive */
    void *ctx;
    gan_file_list list; /* sorted; each begins with path and '/' */
    char *labels_json;  /* the text of dataset.json, or NULL */
    /* Decodes picture i by itself; from several threads at once where scan_all is NULL. */
    gan_status (*scan)(gan_picture_source *source, size_t i, int64_t least_height,
                       int64_t least_width, const gan_picture_sink *sink, gan_error *err);
    /* Calls gan_pictures_take() for each of the first n, on any threads; NULL: in their order, by
     * scan. An error of it is one of the archive, not of a picture. */
    gan_status (*scan_all)(gan_picture_source *source, gan_pictures_job *job, gan_error *err);
};

/* Fills data from a source whose list is made. What is not taken is told. Frees nothing of the
 * source. Errors as gan_data_open. */
gan_status gan_pictures_load(gan_picture_source *source, const gan_data_options *options,
                             gan_data *data, gan_error *err);

/* gan_data_take_look() of a source whose list is made; the list is then without what the other
 * split has. Frees nothing of the source. */
gan_status gan_pictures_look(gan_picture_source *source, const gan_data_options *options,
                             gan_data_look *out, gan_error *err);

/* For scan_all: how many pictures are wanted, and who asks to stop. */
int64_t gan_pictures_count(const gan_pictures_job *job);
const gan_data_options *gan_pictures_options(const gan_pictures_job *job);
/* Decodes picture i from bytes into its place; its failure is kept. From any thread. */
void gan_pictures_take(gan_pictures_job *job, int64_t i, const uint8_t *bytes, size_t n);
/* Picture i cannot be had, for that reason. From any thread. */
void gan_pictures_miss(gan_pictures_job *job, int64_t i, const gan_error *why);

/* Whether a picture whose decoder holds so many bytes is to be decoded alone: threads that decode
 * at once take less than 64 MiB each, and one of them what gan_picture_scan allows. */
bool gan_pictures_is_large(int64_t held);

/* How many threads decode: the wish, or one per processor where it is 0. */
int gan_pictures_threads(int wish);

#endif
