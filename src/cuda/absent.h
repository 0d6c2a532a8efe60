/* absent.h — planning where there is no driver. */
#ifndef GAN_CUDA_ABSENT_H
#define GAN_CUDA_ABSENT_H

/* Where there is no libcuda.so.1, loads the plugin's neighbour that stands in for it, so that all
 * parts of cuDNN can be loaded. Nothing happens where there is one, or no such neighbour. */
void gan_cuda_stand_in_for_driver(void);

#endif
