/* match.h — which tensor of a file goes where in a network. */
#ifndef GAN_EXCHANGE_MATCH_H
#define GAN_EXCHANGE_MATCH_H

#include "exchange/source.h"

/* One parameter or statistic and what fills it. */
typedef struct gan_match {
    const gan_param *param;
    const gan_tensor *tensor; /* NULL: the file has none */
} gan_match;

/* A shape in words, "16 x 3 x 3 x 8", or "one number". */
typedef struct gan_shape_words {
    char text[96];
} gan_shape_words;

gan_shape_words gan_shape_describe(const int64_t *dims, int rank);

typedef struct gan_matches {
    gan_match *at;
    size_t n;
    bool by_name; /* else by the order of the modules */
} gan_matches;

/* Finds a tensor for every parameter and statistic of the network: by name where the file has all
 * the names that gan_export() would write, else module by module in order. GAN_E_DATA says which
 * layer has none, or one of another shape, or what is left over; path is for messages. Free the
 * array. */
gan_status gan_match_make(const gan_stack *stack, const gan_source *source, const char *path,
                          gan_matches *out, gan_error *err);

/* The same, leaving out what there is no tensor for, and not looking at shapes: gan_match_fits()
 * does. By name where one name is found, else by order, which must be that of the network. */
gan_status gan_match_find(const gan_stack *stack, const gan_source *source, const char *path,
                          gan_matches *out, gan_error *err);

/* Whether the tensor, which is not NULL, has the parameter's shape; *there and *here say both. */
bool gan_match_fits(const gan_match *match, gan_dialect dialect, gan_shape_words *there,
                    gan_shape_words *here);

/* The order of axes of a file. */
const gan_axes *gan_dialect_axes(gan_dialect dialect);

#endif
