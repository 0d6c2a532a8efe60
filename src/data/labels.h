/* labels.h — which class each picture of a data set is of. */
#ifndef GAN_DATA_LABELS_H
#define GAN_DATA_LABELS_H

#include "data/registry.h"
#include "data/store.h"
#include "data/walk.h"

/* More classes than any set of pictures has: a label that is larger is none. */
enum { GAN_LABELS_CLASSES_MAX = 1 << 20 };

#define GAN_LABELS_FILE_CAP ((size_t)1 << 30) /* bytes of a dataset.json */

extern const char *const gan_digit_names[10]; /* "0" to "9": names of classes */

/* Labels 0 for n pictures. GAN_E_MEMORY. */
gan_status gan_labels_make(gan_data *data, int64_t n, gan_error *err);

/* There are none, for this reason, printf-like; frees those there were. GAN_E_MEMORY. */
gan_status gan_labels_leave_out(gan_data *data, gan_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The labels of picture files, into list->labels, one per path; their classes' names into data.
 * n_root: bytes of a path before the name below the folder or archive; json: the text of the
 * dataset.json there, or NULL. By
 *   dataset.json  as StyleGAN's dataset_tool.py writes it: {"labels": [["name", 3], ...]}
 *   else          the first folder below that which all pictures are in, as torchvision's
 *                 ImageFolder takes them: classes in byte-wise order of their names
 * Where neither gives every picture one, list->labels stays NULL, and why is in data. GAN_E_MEMORY.
 */
gan_status gan_labels_of_files(gan_data *data, gan_file_list *list, size_t n_root, const char *json,
                               gan_error *err);

/* After the labels are whole: counts the classes, takes the names of a known set (may be NULL), and
 * makes the fingerprint of pictures and labels. GAN_E_MEMORY. */
gan_status gan_labels_finish(gan_data *data, const gan_dataset *set, gan_error *err);

#endif
