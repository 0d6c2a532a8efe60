/* archive.h — pictures in a zip or tar archive, read in place: nothing is unpacked to the disk. */
#ifndef GAN_DATA_ARCHIVE_H
#define GAN_DATA_ARCHIVE_H

#include "data/store.h"

/* Zip, and tar by itself or packed by gzip, bzip2, xz or zstd, told by its ending: .zip .tar
 * .tar.gz .tgz .tar.bz2 .tbz2 .tar.xz .txz .tar.zst .tzst. A tar of CIFAR-10's batches is not
 * taken. */
extern const gan_data_format gan_format_archive;

#endif
