/* csv.h — images as rows of a table, as Kaggle has MNIST: a line of names, label,pixel0,pixel1,...;
 * then a line for each image, its class and its pixels, 0 to 255, of a square grey image. Without a
 * column of that name there are no labels; without a line of names the first number is the class
 * where the others make a square. Packed by gzip or not. */
#ifndef GAN_DATA_CSV_H
#define GAN_DATA_CSV_H

#include "data/store.h"

/* Files that end in .csv or .csv.gz. */
extern const gan_data_format gan_format_csv;

#endif
