/* folder.h — a folder of PNG and JPEG files as a data set. */
#ifndef GAN_DATA_FOLDER_H
#define GAN_DATA_FOLDER_H

#include <stdbool.h>

#include "data/store.h"
#include "data/walk.h"

extern const gan_data_format gan_format_folder;

/* gan_file_list_find, and GAN_E_NO_INPUT when there is no picture, naming what is there instead. */
gan_status gan_folder_find(const char *folder, const gan_file_search *search, gan_file_list *list,
                           gan_error *err);

#endif
