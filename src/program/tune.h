/* tune.h — how single operations are computed, where measuring has chosen and not a static rule.
 *
 * A tune is a list of (operation, way), as `gan bench --tune` measured them on one device. An
 * operation is told by text: its program, kind, label, operands and strides, so that the same layer
 * at another batch size or in another type is another operation. What is not listed follows the
 * static rules. A way is a word that only the backend understands. */
#ifndef GAN_PROGRAM_TUNE_H
#define GAN_PROGRAM_TUNE_H

#include "program/program.h"

enum { GAN_WAY_SIZE = 32, GAN_WAYS_MAX = 12, GAN_TUNE_DIGEST_SIZE = 9 };

/* A way in which an operation can be computed. */
typedef struct gan_way {
    char name[GAN_WAY_SIZE];
    /* Not "": this way computes the operation before along with this one, if that one is computed
     * in the way named here. The time of both then counts. */
    char previous[GAN_WAY_SIZE];
} gan_way;

typedef struct gan_tune gan_tune;

/* An empty tune for a device, told by its backend's text of choices. Owned by the caller. */
gan_status gan_tune_create(const char *device, gan_tune **out, gan_error *err);
void gan_tune_destroy(gan_tune *tune);                                          /* NULL is fine */
gan_status gan_tune_copy(const gan_tune *tune, gan_tune **out, gan_error *err); /* NULL of NULL */

/* From its text, as gan_tune_text() writes it; label stands for it in messages. GAN_E_DATA with
 * line and column. */
gan_status gan_tune_parse(const char *label, const char *text, size_t n, gan_tune **out,
                          gan_error *err);

/* As YAML, the operations in the order of their text; owned by the caller. */
gan_status gan_tune_text(const gan_tune *tune, char **out, gan_error *err);

/* The text of operation i of a program; owned by the caller. No two of a program are the same. */
gan_status gan_tune_name(const gan_program *program, int i, char **out, gan_error *err);

/* Lists an operation, or lists it anew; way NULL = no longer. */
gan_status gan_tune_set(gan_tune *tune, const char *operation, const char *way, gan_error *err);

/* The way of operation i, or NULL: the static rules (also where tune is NULL, and where there is no
 * memory to look). Lives until the tune is changed. */
const char *gan_tune_find(const gan_tune *tune, const gan_program *program, int i);

const char *gan_tune_device(const gan_tune *tune);
size_t gan_tune_size(const gan_tune *tune); /* operations */
/* The first digits of the SHA-256 of its text: a name for its content. */
gan_status gan_tune_digest(const gan_tune *tune, char out[GAN_TUNE_DIGEST_SIZE], gan_error *err);

#endif
