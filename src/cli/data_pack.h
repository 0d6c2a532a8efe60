/* data_pack.h — gan data pack. */
#ifndef GAN_CLI_DATA_PACK_H
#define GAN_CLI_DATA_PACK_H

#include <signal.h>

#include "cli/command.h"

/* The flags of pack, for the table of `gan data`. */
#define CLI_DATA_PACK_FLAGS                                                                        \
    {"size", 0, "HxW", "pack: height and width of the images (default: the first picture's)"},     \
        {"channels", 0, "1|3", "pack: grey or colour (default: the first picture's)"},             \
        {"fit", 0, "crop|pad|stretch", "pack: how other shapes are fitted (crop)"},                \
        {"filter", 0, "bilinear|box|bicubic|lanczos", "pack: how they are scaled (bilinear)"},     \
        {"split", 0, "train|test", "pack: part of the data set (train)"},                          \
        {"holdout", 0, "F", "pack: share of a folder's or archive's pictures that is for test"},   \
        {"limit", 0, "N", "pack: the first N images only"},                                        \
        {"seed", 0, "N", "pack: of what the program draws"},                                       \
    {                                                                                              \
        "skip-bad", 0, NULL, "pack: leave unreadable pictures out instead of stopping"             \
    }

/* Packs args->positional[1] into the file of --output. */
gan_status cli_data_pack(const cli_args *args, const volatile sig_atomic_t *cancel, gan_error *err);

#endif
