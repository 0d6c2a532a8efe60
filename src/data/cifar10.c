/* cifar10.c — CIFAR-10: 60 000 small photographs of ten kinds of things, 32x32, colour
 * (Krizhevsky 2009). The sum is the one on its own page. */
#include "data/cifar.h"
#include "data/registry.h"

static bool is_in(const char *folder, bool shared)
{
    (void)shared; /* its file names are its own */
    return gan_cifar_in_folder(folder);
}

static const char *const names[] = {"airplane", "automobile", "bird",  "cat",  "deer",
                                    "dog",      "frog",       "horse", "ship", "truck"};

const gan_dataset gan_dataset_cifar10 = {
    .name = "cifar10",
    .what = "small photographs of ten kinds",
    .source = "A. Krizhevsky: https://www.cs.toronto.edu/~kriz/cifar.html",
    .licence = "none stated; for research, cite the report of 2009",
    .n_train = 50000,
    .n_test = 10000,
    .height = 32,
    .width = 32,
    .channels = 3,
    .n_classes = 10,
    .class_names = names,
    .format = &gan_format_cifar,
    .is_in = is_in,
    .files = {{GAN_CIFAR_ARCHIVE, "c32a1d4ab5d03f1284b67883e8d87530", 170052171}},
    .mirrors = {"https://www.cs.toronto.edu/~kriz"},
};
