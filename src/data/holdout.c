/* holdout.c — a share of pictures by a keyed function of their names. */
#include "data/holdout.h"

#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"

static const char key[] = "gan.c holdout 1/";

bool gan_holdout_has(const char *name, double share)
{
    uint8_t digest[GAN_SHA256_BYTES];
    uint64_t number = 0;
    gan_sha256 hash;
    gan_sha256_init(&hash);
    gan_sha256_update(&hash, key, sizeof key - 1);
    gan_sha256_update(&hash, name, strlen(name));
    gan_sha256_final(&hash, digest);
    for (int i = 0; i < 8; i++) {
        number = number << 8 | digest[i];
    }
    return (double)(number >> 11) < share * 0x1p53; /* both sides are exact */
}

void gan_holdout_keep(gan_file_list *list, size_t n_root, double share, bool held_out)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->n; i++) {
        if (gan_holdout_has(list->paths[i] + n_root, share) != held_out) {
            free(list->paths[i]);
            continue;
        }
        list->paths[kept] = list->paths[i];
        if (list->labels) {
            list->labels[kept] = list->labels[i];
        }
        kept++;
    }
    list->n = kept;
}
