/* pictures.h — the pictures of a run: reals.png, sample grids, progress.gif. */
#ifndef GAN_RUN_PICTURES_H
#define GAN_RUN_PICTURES_H

#include "gan/session.h"
#include "run/start.h"
#include "session/run_folder.h"

/* Where the grids of a run come from: rows x columns images, of seeds 0, 1, 2, ... */
typedef struct gan_grid_shape {
    int rows, columns;
} gan_grid_shape;

/* The grid of a run that is about to start. GAN_E_USAGE, with the largest of its shape that can be
 * had, if a picture cannot be so large, or a sample grid that progress.gif is made of. */
gan_status gan_pictures_plan(const gan_start *start, gan_grid_shape *grid, gan_error *err);

/* run/samples/step-NNNNNNNN.png of the session's generator: of the averaged one where it keeps one.
 * *path is the file's name, owned by the caller. */
gan_status gan_pictures_write_samples(const gan_run_folder *run, gan_session *session,
                                      gan_grid_shape grid, char **path, gan_error *err);

/* run/reals.png: the first images of the data set in the same grid. *path as above. */
gan_status gan_pictures_write_reals(const gan_run_folder *run, const gan_data *data,
                                    gan_grid_shape grid, char **path, gan_error *err);

/* Removes the sample grids of steps after `step`: of steps that a resumed run takes again.
 * GAN_E_IO. */
gan_status gan_pictures_cut_back(const gan_run_folder *run, int64_t step, gan_error *err);

/* run/progress.gif of the sample grids in the folder, in order; of many, evenly spaced ones.
 * Nothing if there is none; grids of another size than the last one, and what of them cannot be
 * read, are left out. */
gan_status gan_pictures_write_gif(const gan_run_folder *run, gan_error *err);

#endif
