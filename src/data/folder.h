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

/* Whether a picture whose decoder holds so many bytes is to be decoded alone: threads that decode
 * at once take less than 64 MiB each, and one of them what gan_picture_scan allows. */
bool gan_folder_is_large(int64_t held);

/* How many threads decode: the wish, or one per processor where it is 0. */
int gan_folder_threads(int wish);

#endif
