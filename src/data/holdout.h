/* holdout.h — which pictures of a folder or an archive are held out for testing. */
#ifndef GAN_DATA_HOLDOUT_H
#define GAN_DATA_HOLDOUT_H

#include <stdbool.h>

#include "data/walk.h"

/* True for a share of all names, 0 to 1: the first eight bytes of the SHA-256 of "gan.c holdout 1/"
 * and the name, read as a big-endian number, are below share * 2^64. A name is what follows the
 * folder or the archive, with '/' between folders ("cats/0017.png"): a picture is on the same side
 * in every run, on every machine, whatever is added beside it; a larger share takes in a smaller's.
 */
bool gan_holdout_has(const char *name, double share);

/* Keeps of the list, and of its labels, those that are held out, or the others. */
void gan_holdout_keep(gan_file_list *list, size_t n_root, double share, bool held_out);

#endif
