/* mnist.c — MNIST: 70 000 handwritten digits, 28x28, grey (LeCun, Cortes, Burges). The sums are
 * those that torchvision compares with (pytorch/vision#3549). */
#include "data/idx.h"
#include "data/labels.h"
#include "data/registry.h"

static bool is_in(const char *folder, bool shared)
{
    static const uint8_t train[GAN_IDX_SIGNATURE] = {5, 0, 4, 1, 9, 2, 1, 3};
    static const uint8_t test[GAN_IDX_SIGNATURE] = {7, 2, 1, 0, 4, 1, 4, 9};
    return shared ? gan_idx_is_folder_of(folder, train, test) : gan_idx_in_folder(folder);
}

const gan_dataset gan_dataset_mnist = {
    .name = "mnist",
    .what = "handwritten digits",
    .source = "Y. LeCun, C. Cortes, C. Burges: The MNIST database of handwritten digits",
    .licence = "CC BY-SA 3.0, as Keras states",
    .n_train = 60000,
    .n_test = 10000,
    .height = 28,
    .width = 28,
    .channels = 1,
    .n_classes = 10,
    .class_names = gan_digit_names,
    .features = "mnist",
    .format = &gan_format_idx,
    .inner = "MNIST",
    .archive = "mnist.npz",
    .is_in = is_in,
    .files = {{"train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873", 9912422},
              {"train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432", 28881},
              {"t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3", 1648877},
              {"t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c", 4542}},
    .mirrors = {"https://storage.googleapis.com/cvdf-datasets/mnist",
                "https://ossci-datasets.s3.amazonaws.com/mnist"},
};
