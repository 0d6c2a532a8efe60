/* fashion_mnist.c — Fashion-MNIST: 70 000 pieces of clothing, 28x28, grey, in MNIST's form (Xiao,
 * Rasul, Vollgraf 2017). Sums and address are those of its own page; Debian packs it as
 * dataset-fashion-mnist, whose files are packed anew and have other sums. */
#include "data/idx.h"
#include "data/registry.h"

static bool is_in(const char *folder, bool shared)
{
    static const uint8_t train[GAN_IDX_SIGNATURE] = {9, 0, 0, 3, 0, 2, 7, 2};
    static const uint8_t test[GAN_IDX_SIGNATURE] = {9, 2, 1, 1, 6, 1, 4, 6};
    return shared ? gan_idx_is_folder_of(folder, train, test) : gan_idx_in_folder(folder);
}

static const char *const names[] = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                    "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};

const gan_dataset gan_dataset_fashion_mnist = {
    .name = "fashion-mnist",
    .what = "pieces of clothing",
    .source = "H. Xiao, K. Rasul, R. Vollgraf: https://github.com/zalandoresearch/fashion-mnist",
    .licence = "MIT",
    .n_train = 60000,
    .n_test = 10000,
    .height = 28,
    .width = 28,
    .channels = 1,
    .n_classes = 10,
    .class_names = names,
    .format = &gan_format_idx,
    .inner = "FashionMNIST",
    .system_folder = "/usr/share/datasets/fashion-mnist",
    .is_in = is_in,
    .files = {{"train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d", 26421880},
              {"train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe", 29515},
              {"t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79", 4422102},
              {"t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310", 5148}},
    .mirrors = {"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
                "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/"
                "master/data/fashion"},
};
