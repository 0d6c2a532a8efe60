/* kind.c — the magic numbers of files that are found where pictures are looked for. */
#define _GNU_SOURCE /* O_CLOEXEC */
#include "data/kind.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define CONVERT "convert it to PNG"
#define UNPACK "unpack it and name the folder"
#define NPZ(x, y)                                                                                  \
    "python3 -c \"" x "; import numpy as np; np.savez('data.npz', x_train=" y ")\" makes a file "  \
    "that is read"

/* A kind is told by its bytes at `at`; two rows of one kind have the same name. */
typedef struct magic {
    int at, n;
    const char *bytes;
    gan_file_kind kind;
    int zeros_at; /* where four zero bytes must be besides; 0: nowhere */
} magic;

#define PICTURE(at, bytes, name)                                                                   \
    {                                                                                              \
        at, sizeof(bytes) - 1, bytes, {name, CONVERT, true, GAN_PICTURE_NONE}, 0                   \
    }
#define OTHER(at, bytes, name, advice)                                                             \
    {                                                                                              \
        at, sizeof(bytes) - 1, bytes, {name, advice, false, GAN_PICTURE_NONE}, 0                   \
    }
#define READ(at, bytes, name, kind)                                                                \
    {                                                                                              \
        at, sizeof(bytes) - 1, bytes, {name, "name the folder that it is in", true, kind}, 0       \
    }

static const magic magics[] = {
    READ(0, "\x89PNG\r\n\x1a\n", "PNG picture", GAN_PICTURE_PNG),
    READ(0, "\xff\xd8\xff", "JPEG picture", GAN_PICTURE_JPEG),
    READ(8, "WEBP", "WEBP picture", GAN_PICTURE_WEBP),
    READ(0, "GIF8", "GIF picture", GAN_PICTURE_GIF),
    {0, 2, "BM", {"BMP picture", "name the folder that it is in", true, GAN_PICTURE_BMP}, 6},
    READ(0, "II*\0", "TIFF picture", GAN_PICTURE_TIFF),
    READ(0, "MM\0*", "TIFF picture", GAN_PICTURE_TIFF),
    PICTURE(4, "ftypavi", "AVIF picture"),
    PICTURE(4, "ftyphei", "HEIC picture"),
    PICTURE(4, "ftyphev", "HEIC picture"),
    PICTURE(4, "ftypmif1", "HEIC picture"),
    PICTURE(4, "ftypmsf1", "HEIC picture"),
    PICTURE(4, "JXL ", "JPEG XL picture"),
    PICTURE(0, "\xff\x0a", "JPEG XL picture"),
    PICTURE(4, "jP  ", "JPEG 2000 picture"),
    PICTURE(0, "\xff\x4f\xff\x51", "JPEG 2000 picture"),
    PICTURE(0, "P4\n", "PNM picture"),
    PICTURE(0, "P5\n", "PNM picture"),
    PICTURE(0, "P6\n", "PNM picture"),
    PICTURE(0, "8BPS", "Photoshop picture"),
    PICTURE(0, "<svg", "SVG picture"),
    OTHER(0, "PK\3\4", "zip archive", "end its name in .zip, or, if it is NumPy's, in .npz"),
    OTHER(0, "7z\xbc\xaf", "7z archive", UNPACK),
    OTHER(0, "Rar!", "rar archive", UNPACK),
    OTHER(0, "BZh", "bzip2 archive", UNPACK),
    OTHER(0,
          "\xfd"
          "7zXZ",
          "xz archive", UNPACK),
    OTHER(0, "(\xb5/\xfd", "zstd archive", UNPACK),
    OTHER(257, "ustar", "tar archive", "end its name in .tar"),
    OTHER(0, "PAR1", "Parquet file", "export its pictures to a folder as PNG or JPEG"),
    OTHER(0, "\x89HDF", "HDF5 file", NPZ("import h5py; f = h5py.File('FILE')", "f['IMAGES'][:]")),
    OTHER(0, "MATLAB 5", "MATLAB file",
          NPZ("import scipy.io; f = scipy.io.loadmat('FILE')", "f['X'].transpose(3, 0, 1, 2)")),
    OTHER(0, "\x80\2", "Python pickle", "get the version that is not one, or save it as .npz"),
    OTHER(0, "\x80\3", "Python pickle", "get the version that is not one, or save it as .npz"),
    OTHER(0, "\x80\4", "Python pickle", "get the version that is not one, or save it as .npz"),
    OTHER(0, "\x93NUMPY", "array of NumPy", "end its name in .npy"),
    OTHER(0, "label,", "table", "end its name in .csv"),
    OTHER(0, "<!DOC", "web page", "it is not the file that was asked for: get it again"),
    OTHER(0, "<!doc", "web page", "it is not the file that was asked for: get it again"),
    OTHER(0, "<html", "web page", "it is not the file that was asked for: get it again"),
    OTHER(0, "version https://git-lfs", "pointer of Git LFS", "`git lfs pull` gets the file"),
};

enum { N_MAGICS = sizeof magics / sizeof *magics };

const gan_file_kind *gan_file_kind_at(size_t i)
{
    return i < N_MAGICS ? &magics[i].kind : NULL;
}

const gan_file_kind *gan_file_kind_of(const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < N_MAGICS; i++) {
        const magic *m = &magics[i];
        if ((size_t)(m->at + m->n) <= n && memcmp(bytes + m->at, m->bytes, (size_t)m->n) == 0 &&
            (m->zeros_at == 0 ||
             ((size_t)m->zeros_at + 4 <= n && memcmp(bytes + m->zeros_at, "\0\0\0\0", 4) == 0))) {
            return &m->kind;
        }
    }
    return NULL;
}

const gan_file_kind *gan_file_kind_of_file(const char *path)
{
    uint8_t bytes[GAN_KIND_BYTES];
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    const ssize_t n = fd >= 0 ? read(fd, bytes, sizeof bytes) : -1;
    if (fd >= 0) {
        (void)close(fd);
    }
    return n > 0 ? gan_file_kind_of(bytes, (size_t)n) : NULL;
}
