gan_status gan_sum_all_launch(cudaStream_t stream, const void *x, bool adds, void *y,
                              gan_dtype type, int64_t n, gan_error *err);
