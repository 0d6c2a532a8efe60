/* folder.h — a folder of PNG and JPEG files as a data set. */
#ifndef GAN_DATA_FOLDER_H
#define GAN_DATA_FOLDER_H

#include "data/store.h"
#include "data/walk.h"

extern const gan_data_format gan_format_folder;

/* gan_file_list_find, and GAN_E_NO_INPUT when there is no picture, naming what is there instead. */
gan_status gan_folder_find(const char *folder, const volatile sig_atomic_t *cancel,
                           gan_file_list *list, gan_error *err);

/* How many threads decode: the wish, or one per processor where it is 0. */
int gan_folder_threads(int wish);

#endif
