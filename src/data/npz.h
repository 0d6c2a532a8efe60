/* npz.h — arrays that NumPy saved: .npz, as Keras has MNIST (x_train, y_train, x_test, y_test) and
 * MedMNIST its sets (train_images, train_labels, ...), and a single .npy. */
#ifndef GAN_DATA_NPZ_H
#define GAN_DATA_NPZ_H

#include "data/store.h"

extern const gan_data_format gan_format_npz;

#endif
