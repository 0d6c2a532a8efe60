/* locate.h — where the files of a known data set are on this machine. */
#ifndef GAN_DATA_LOCATE_H
#define GAN_DATA_LOCATE_H

#include "base/error.h"
#include "data/registry.h"

/* The folder that holds the data set's files, or the archive that does, in a new string; NULL in
 * *folder when none does. Looked at in this order: $GAN_DATA/<name>, torchvision's folder below
 * $GAN_DATA, $GAN_DATA itself (when its content, or its own name, says that it is this data set),
 * the program's data folder (gan_path_data_home) /<name>, the system's package, ./data/<name>,
 * torchvision's folder below ./data, Keras's folder. GAN_E_MEMORY. */
gan_status gan_dataset_locate(const gan_dataset *set, char **folder, gan_error *err);

/* Fills err with GAN_E_NO_INPUT and the ways on for a data set that is not here. */
gan_status gan_dataset_missing(const gan_dataset *set, gan_error *err);

#endif
