/* seeds.h — lists of seeds as people write them: "0-63", "1,5,9-12". */
#ifndef GAN_CLI_SEEDS_H
#define GAN_CLI_SEEDS_H

#include <stdint.h>

#include "gan/status.h"

/* The seeds in the order written, owned by the caller (free()). GAN_E_USAGE names what is wrong; at
 * most a million seeds. */
gan_status cli_seeds_parse(const char *text, uint64_t **seeds, int64_t *n, gan_error *err);

#endif
