/* data.h — data sets: opening, listing, downloading and checking them.
 *
 * An open data set is plain host memory: n pictures of h x w x c bytes, in a fixed order. Where it
 * came from (IDX, CIFAR-10, a folder of pictures, the program's own pen) is not visible any more.
 *
 * The library prints nothing: what a person should know beside the result goes to a listener,
 * one line of UTF-8 without the newline, called from the calling thread only. A cancel flag may be
 * set at any time, by a signal handler too; the call then ends soon with GAN_E_INTERRUPTED. */
#ifndef GAN_DATA_H
#define GAN_DATA_H

#include <signal.h>
#include <stdint.h>

#include "gan/listener.h"
#include "gan/status.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef struct gan_data gan_data;

/* How a picture of another shape is brought to h x w. */
typedef enum gan_fit {
    GAN_FIT_CROP,   /* cut the middle out in the aspect of h x w, then scale */
    GAN_FIT_PAD,    /* scale to fit inside and centre; bars are black, white if it had alpha */
    GAN_FIT_STRETCH /* scale both sides on their own */
} gan_fit;

/* By what a picture is scaled. All widen with the reduction, so that every pixel counts
 * (antialiasing), as Pillow's resize() of the same name does; in integers, the same on every
 * machine, within one level of Pillow. Which one is taken moves a Frechet distance by much: Parmar
 * et al. 2022, "On aliased resizing" (clean-fid). With the first, a JPEG that is more than twice as
 * large is decoded at 1/2, 1/4 or 1/8; with the others, whole. */
typedef enum gan_filter {
    GAN_FILTER_BILINEAR, /* a triangle */
    GAN_FILTER_BOX,      /* the mean of the pixels that are covered */
    GAN_FILTER_BICUBIC,  /* Keys 1981, a = -0.5 */
    GAN_FILTER_LANCZOS   /* three lobes */
} gan_filter;

/* All zero is a good default. */
typedef struct gan_data_options {
    int64_t height, width, channels; /* the network's; 0 = the source's own. channels: 1 or 3
                                        where a conversion is needed */
    gan_fit fit;
    gan_filter filter;
    const char *split; /* "train" (NULL means it) or "test" */
    int64_t limit;     /* the first so many pictures, bad files counted; 0 = all. What follows is
                          not looked at. For digits and stacked ones: how many are made */
    double holdout;    /* folders and archives of pictures, which have no test split of their own:
                          this share of them, 0 to 1, is the test split and not in the train split;
                          which, is a function of a picture's name alone (0: train is all) */
    uint64_t seed;     /* digits only: another seed, another hand */
    int skip_bad;      /* leave bad picture files out and count them, else fail on the first */
    const char *spill; /* a folder: while the set is made its pixels are in a file there, without a
                          name, and not in memory, which they may be larger than; NULL: in memory */
    int threads;       /* for decoding picture files; 0 = one per processor */
    const gan_listener *listener;
    const volatile sig_atomic_t *cancel; /* NULL = never */
} gan_data_options;

typedef struct gan_data_info {
    const char *name; /* the known name, or the last part of the path */
    const char *path; /* file or folder that was read; "" where the program draws */
    int64_t n, height, width, channels;
    int64_t bytes;          /* n * height * width * channels */
    char fingerprint[65];   /* SHA-256 of the pixels followed by n, height, width, channels as
                               64-bit little-endian numbers; lower-case hexadecimal */
    int64_t skipped;        /* bad files left out (skip_bad) */
    int32_t n_classes;      /* labels are 0 .. n_classes - 1; 0: there are no labels */
    const char *unlabelled; /* why there are none; "" where there are */
    /* For what reads labels: SHA-256 of the digits of `fingerprint`, then every label and n_classes
     * as 32-bit little-endian numbers; "" without labels. */
    char labelled_fingerprint[65];
} gan_data_info;

/* Reads a whole data set into memory. source is one of
 *   a known name        mnist, fashion-mnist, cifar10, digits, ... (gan_data_list tells them all).
 * Its files are looked for in $GAN_DATA/<name>, $GAN_DATA itself (when its name or its labels say
 * that it is this one, or as torchvision's root), $XDG_DATA_HOME/gan/<name> (default
 * ~/.local/share), the system's package,
 *                       ./data/<name>, ./data as torchvision's root, and ~/.keras/datasets
 *   an IDX file         of unsigned bytes, N x H x W or N x H x W x C, gzip or not
 *   a folder            with {train,t10k}-{images-idx3,labels-idx1}-ubyte, gzip or not; as
 *                       torchvision (MNIST/raw) or Kaggle (a folder of each file's name) has them
 *   NumPy's arrays      .npz with x_train, y_train, x_test, y_test (Keras), train_images, ...
 *                       (MedMNIST), images, x or arr_0, or one .npy: unsigned bytes of those shapes
 *   a table             .csv, gzip or not, as Kaggle has MNIST: label,pixel0,pixel1,... and a row
 * of numbers for each square grey image CIFAR-10, binary    the folder, one batch file, or
 * cifar-10-binary.tar.gz a folder of pictures (.png .jpg .jpeg .jpe .jfif .webp .bmp .gif .tif
 * .tiff), searched recursively, each folder once whatever links lead to it, in byte-wise order of
 * their paths; what is not taken is counted in a note. What a file is, is told by its content.
 * Pictures are turned as their Exif orientation (JPEG's APP1, PNG's eXIf, WebP's EXIF, TIFF's own)
 * says; 16-bit samples are scaled to 8; palettes are looked up; alpha is laid over white; colour
 * becomes grey by Rec. 601 (0.299, 0.587, 0.114); colour profiles and gamma are not applied. GIF:
 * the first frame; TIFF: the first page. They are read row by row, up to 2^22 pixels a side and
 * 2^33 in all; a progressive JPEG, an interlaced PNG, and the other formats, whole, as long as that
 * takes at most 1 GiB. Where options give no shape, the first picture gives it an archive of them
 * .zip, or .tar by itself or packed by gzip, bzip2, xz, zstd: read in place, as the folder in it
 * would be; links in it are not followed, names that lead out of it not taken (built with
 * libarchive) a packed data set   .safetensors, as gan_data_pack() writes it: mapped, not read,
 * where its shape is the one asked for, so it may be larger than memory A known name wins over a
 * file of the same name; ./mnist is a path.
 *
 * Labels come from the files of labels that belong to the formats above, for a folder of pictures
 * from the dataset.json in it (as StyleGAN's dataset_tool.py writes it), else from its subfolders,
 * one for each class, in byte-wise order of their names (as torchvision's ImageFolder). Where there
 * are no labels, that is no error: `unlabelled` tells why.
 *
 * On success *out is the caller's (gan_data_close). On failure *out is NULL and nothing is kept:
 *   GAN_E_NO_INPUT  nothing there, or not readable, or a folder without pictures; for a known name
 *                   the sentence names the three ways on
 *   GAN_E_DATA      truncated, damaged, mislabelled or of another format; the file is named
 *   GAN_E_MEMORY    the data set is larger than this machine's memory, or an allocation failed
 *   GAN_E_USAGE     negative or contradictory options, an unknown split
 *   GAN_E_IO, GAN_E_INTERRUPTED */
gan_status gan_data_open(const char *source, const gan_data_options *options, gan_data **out,
                         gan_error *err);

/* Images of the caller's own: a database, a camera, a drawing program, an array. Zero-initialize.
 */
typedef struct gan_data_source {
    const char *name;                   /* in logs, names of run folders and checkpoints */
    int64_t n, height, width, channels; /* each >= 1; channels at most 4 */
    int32_t n_classes;                  /* labels are 0 .. n_classes - 1; 0: there are no labels */
    /* All of them (n,height,width,channels), read, and n labels where there are classes; or NULL:
     * image() is called instead. */
    const uint8_t *pixels;
    const int32_t *labels;
    /* Writes image i (height,width,channels), and its label where there are classes. It is called
     * for i = 0, 1, ... once each, from the calling thread. Anything but GAN_OK ends the call with
     * that, and with the sentence in err. */
    gan_status (*image)(void *ctx, int64_t i, uint8_t *pixels, int32_t *label, gan_error *err);
    void *ctx;
} gan_data_source;

/* gan_data_make() — a data set of what a source gives, which is read whole and not needed after.
 *
 *  options  those of shape, fit, filter, limit, spill, listener and cancel count; NULL: as it is
 *
 * Its fingerprint is that of the same images in any file, so a run resumes with either.
 * *out is the caller's (gan_data_close); NULL on failure. GAN_E_USAGE: a source without a name, an
 * image or a way to them, or impossible options; GAN_E_DATA: a label that is none; GAN_E_MEMORY,
 * GAN_E_INTERRUPTED, and what image() returned. */
gan_status gan_data_make(const gan_data_source *source, const gan_data_options *options,
                         gan_data **out, gan_error *err);

/* All four live as long as the data set. Pixels are (N,H,W,C) contiguous bytes 0..255; labels are
 * N numbers of 0 .. n_classes - 1, or NULL where the source has none; a class may have no name
 * (NULL). */
const gan_data_info *gan_data_describe(const gan_data *data);
const uint8_t *gan_data_pixels(const gan_data *data);
const int32_t *gan_data_labels(const gan_data *data);
const char *gan_data_class_name(const gan_data *data, int32_t label);

void gan_data_close(gan_data *data); /* NULL is fine */

/* Decodes and fits a data set once, on all processors, into a file that gan_data_open() maps: path,
 * which ends in .safetensors (a tensor images (N,H,W,C) of unsigned bytes, and labels (N) of int32
 * where there are any). It takes twice its size on that disk while it is made, and no memory that
 * grows with it; a file that is there is replaced when the new one is whole. *info is what went in,
 * without names. Errors as gan_data_open, and GAN_E_USAGE: another ending; GAN_E_CREATE, GAN_E_IO:
 * path cannot be written. */
gan_status gan_data_pack(const char *source, const gan_data_options *options, const char *path,
                         gan_data_info *info, gan_error *err);

/* One known data set; the strings live during the callback. */
typedef struct gan_data_entry {
    const char *name, *what;      /* "mnist", "handwritten digits" */
    const char *source, *licence; /* where it comes from: a person, a page; under which terms */
    int64_t n_train, n_test, height, width, channels;
    int64_t download_bytes; /* 0 where nothing is downloaded */
    const char *path;       /* where it was found; "" for what is drawn; NULL: not here */
    const char *hint;       /* how to get it, where path is NULL; otherwise "" */
} gan_data_entry;

/* Calls row once for each known data set, in a fixed order. */
gan_status gan_data_list(void (*row)(void *ctx, const gan_data_entry *entry), void *ctx,
                         gan_error *err);

typedef struct gan_data_progress {
    const char *file;       /* "train-images-idx3-ubyte.gz" */
    const char *mirror;     /* the address it comes from */
    int64_t done, total;    /* bytes of this file; total is 0 while it is unknown */
    int64_t index, n_files; /* file index (from 0) of n_files */
} gan_data_progress;

/* All zero is a good default. */
typedef struct gan_data_get_options {
    const char *folder;         /* files go here; NULL = the XDG data folder's gan/<name> */
    const char *const *mirrors; /* base addresses tried in order, NULL = the known ones */
    int64_t n_mirrors;
    int stall_seconds;   /* give a mirror up after so long below 1024 bytes a second; 0 = 30 */
    int connect_seconds; /* 0 = 15 */
    void (*progress)(void *ctx, const gan_data_progress *progress);
    void *progress_ctx;
    const gan_listener *listener; /* a mirror that failed, a file that is here already */
    const volatile sig_atomic_t *cancel;
} gan_data_get_options;

/* Downloads the files of a known data set. Each goes to FILE.part, which a later call resumes, is
 * compared with its published MD5, synced, and renamed to FILE: a FILE is always whole. Files that
 * are there already with the right sum are left alone. Mirrors are tried in order, http and https
 * only; proxies as curl reads them from the environment.
 * *folder, when folder is not NULL, is the folder with the files, the caller's to free.
 *   GAN_E_NO_INPUT     not a known name; the nearest is told
 *   GAN_E_USAGE        one that has nothing to download
 *   GAN_E_CREATE       the folder or a file cannot be created
 *   GAN_E_IO           every mirror failed (the last reason is told), or too little disk space
 *   GAN_E_DATA         every mirror that answered gave another file than the known one
 *   GAN_E_LOCKED       another process downloads the same file
 *   GAN_E_INTERRUPTED  cancelled; the .part file stays
 * Not to be called from two threads at once (curl's global initialization). */
gan_status gan_data_get(const char *name, const gan_data_get_options *options, char **folder,
                        gan_error *err);

typedef enum gan_data_flaw {
    GAN_FLAW_CORRUPT,   /* cannot be read: damaged, truncated, empty, mislabelled */
    GAN_FLAW_SIZE,      /* height or width differ from those of most pictures */
    GAN_FLAW_CHANNELS,  /* grey among colour, or colour among grey */
    GAN_FLAW_DUPLICATE, /* the same pixels as an earlier picture */
    GAN_FLAW_NOT_TAKEN, /* in a picture folder, and not read: of another format, hidden, ... */
    GAN_FLAW_COUNT
} gan_data_flaw;

typedef struct gan_data_finding {
    gan_data_flaw flaw;
    const char *file; /* the picture file; for a packed data set the file or "FILE, image 17" */
    const char *text; /* what is wrong, in words: "same pixels as a/b.png" */
} gan_data_finding;

typedef struct gan_data_report {
    int64_t images;                  /* pictures that could be read, of both splits */
    int64_t found[GAN_FLAW_COUNT];   /* findings of each kind */
    int64_t height, width, channels; /* the most frequent */
} gan_data_report;

/* All zero is a good default. */
typedef struct gan_data_check_options {
    void (*finding)(void *ctx, const gan_data_finding *finding); /* strings live during the call */
    void *finding_ctx;
    int threads; /* as in gan_data_options */
    const volatile sig_atomic_t *cancel;
} gan_data_check_options;

/* Reads all of a source (as gan_data_open takes it, every split) and tells what is wrong with it:
 * every finding through the callback, the counts in *report. GAN_OK when all was looked at, also
 * with flaws found: the caller reads the counts. Errors as gan_data_open, but damaged data is a
 * finding, not an error. */
gan_status gan_data_check(const char *source, const gan_data_check_options *options,
                          gan_data_report *report, gan_error *err);

/* "corrupt", "odd-sized", "odd-channel", "duplicate", "not taken"; "unknown" outside the enum.
 * Never NULL. */
const char *gan_data_flaw_text(gan_data_flaw flaw);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
