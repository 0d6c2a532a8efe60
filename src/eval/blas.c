/* blas.c — OpenBLAS, found when it is needed.
 *
 * The two conventions that meet here: cblas takes rows, LAPACK (Fortran) columns. A symmetric
 * matrix is the same for both, and its eigenvectors, columns there, are rows here; of a transposed
 * matrix the singular values are the same. Fortran's functions take every argument by address, and
 * the length of each text after the last one. */
#define _GNU_SOURCE /* secure_getenv */
#include "eval/blas.h"

#include <dlfcn.h>
#include <limits.h>
#include <omp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static const char threads_variable[] = "OPENBLAS_NUM_THREADS";

enum { ROWS = 101, AS_IT_IS = 111, TRANSPOSED = 112 }; /* of cblas.h */

typedef void dgemm_function(int order, int trans_a, int trans_b, int m, int n, int k, double alpha,
                            const double *a, int lda, const double *b, int ldb, double beta,
                            double *c, int ldc);
typedef void dsyevd_function(const char *job, const char *uplo, const int *n, double *a,
                             const int *lda, double *w, double *work, const int *lwork, int *iwork,
                             const int *liwork, int *info, size_t n_job, size_t n_uplo);
typedef void dgesdd_function(const char *job, const int *m, const int *n, double *a, const int *lda,
                             double *s, double *u, const int *ldu, double *vt, const int *ldvt,
                             double *work, const int *lwork, int *iwork, int *info, size_t n_job);
typedef void set_threads_function(int n);
typedef int get_parallel_function(void);

struct gan_blas {
    void *library;
    dgemm_function *dgemm;
    dsyevd_function *dsyevd;
    dgesdd_function *dgesdd;
    bool is_shared;       /* several threads may call it at once; else under the lock: */
    pthread_mutex_t lock; /* the sequential flavour gives two threads the same work space */
};

static void enter(gan_blas *blas)
{
    if (!blas->is_shared) {
        pthread_mutex_lock(&blas->lock);
    }
}

static void leave(gan_blas *blas)
{
    if (!blas->is_shared) {
        pthread_mutex_unlock(&blas->lock);
    }
}

/* Opened so that it never starts threads of its own. It stays in the process for good: what it has
 * registered there would outlive it. */
static void *load(const char *name)
{
    const char *former = getenv(threads_variable);
    char *kept = former ? strdup(former) : NULL;
    const int omp_threads = omp_get_max_threads();
    setenv(threads_variable, "1", 1);
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (kept) {
        setenv(threads_variable, kept, 1);
    } else {
        unsetenv(threads_variable);
    }
    set_threads_function *set_threads = NULL;
    void *symbol = library ? dlsym(library, "openblas_set_num_threads") : NULL;
    memcpy(&set_threads, &symbol, sizeof symbol);
    if (set_threads) {
        set_threads(1);
    }
    omp_set_num_threads(omp_threads); /* its OpenMP flavour sets those of the caller */
    free(kept);
    return library;
}

static bool find(void *library, const char *name, void *function)
{
    void *symbol = dlsym(library, name);
    memcpy(function, &symbol, sizeof symbol);
    return symbol != NULL;
}

gan_status gan_blas_open(gan_blas **out, gan_error *err)
{
    const char *wish = secure_getenv("GAN_OPENBLAS");
    const char *name = wish && *wish ? wish : "libopenblas.so.0";
    void *memory = NULL;
    *out = NULL;
    GAN_TRY(gan_calloc(1, sizeof(gan_blas), &memory, err));
    gan_blas *blas = memory;
    pthread_mutex_init(&blas->lock, NULL);
    blas->library = load(name);
    if (!blas->library) {
        const char *reason = dlerror();
        gan_blas_close(blas);
        return gan_fail(err, GAN_E_UNSUPPORTED,
                        "measuring needs OpenBLAS, which was not found (%s): install "
                        "libopenblas0-pthread, or name the library by GAN_OPENBLAS",
                        reason ? reason : name);
    }
    if (!find(blas->library, "cblas_dgemm", &blas->dgemm) ||
        !find(blas->library, "dsyevd_", &blas->dsyevd) ||
        !find(blas->library, "dgesdd_", &blas->dgesdd)) {
        gan_blas_close(blas);
        return gan_fail(err, GAN_E_UNSUPPORTED,
                        "%s has not all of cblas_dgemm, dsyevd_ and dgesdd_: it is no OpenBLAS "
                        "with LAPACK in it; install libopenblas0-pthread",
                        name);
    }
    get_parallel_function *get_parallel = NULL;
    blas->is_shared =
        find(blas->library, "openblas_get_parallel", &get_parallel) && get_parallel() != 0;
    *out = blas;
    return GAN_OK;
}

void gan_blas_close(gan_blas *blas)
{
    if (blas) {
        if (blas->library) {
            dlclose(blas->library);
        }
        pthread_mutex_destroy(&blas->lock);
        free(blas);
    }
}

void gan_blas_multiply(gan_blas *blas, const gan_product *p, const double *a, const double *b,
                       double *c)
{
    enter(blas);
    blas->dgemm(ROWS, p->trans_a ? TRANSPOSED : AS_IT_IS, p->trans_b ? TRANSPOSED : AS_IT_IS,
                (int)p->m, (int)p->n, (int)p->k, 1, a, (int)p->lda, b, (int)p->ldb, p->add ? 1 : 0,
                c, (int)p->ldc);
    leave(blas);
}

static gan_status check_info(const char *what, int info, gan_error *err)
{
    return info == 0 ? GAN_OK
                     : gan_fail(err, GAN_E_FAILED, "%s of a matrix: LAPACK gave up (info %d)", what,
                                info);
}

/* LAPACK tells the work space that it wants as a double. */
static gan_status make_work(double doubles, int64_t n_ints, double **work, int **ints, int *lwork,
                            gan_error *err)
{
    if (!(doubles < INT_MAX)) {
        return gan_fail(err, GAN_E_MEMORY, "a matrix is too large for LAPACK");
    }
    *lwork = (int)doubles;
    GAN_TRY(gan_calloc((size_t)*lwork, sizeof **work, (void **)work, err));
    return gan_calloc((size_t)n_ints, sizeof **ints, (void **)ints, err);
}

gan_status gan_blas_eigen(gan_blas *blas, int64_t d, double *a, double *w, gan_error *err)
{
    const int n = (int)d, ask = -1;
    int lwork = 0, liwork = 0, info = 0, *ints = NULL;
    double wanted = 0, *work = NULL;
    gan_status status = GAN_OK;
    enter(blas);
    blas->dsyevd("V", "U", &n, a, &n, w, &wanted, &ask, &liwork, &ask, &info, 1, 1);
    leave(blas);
    GAN_TRY_DONE(check_info("eigenvalues", info, err));
    GAN_TRY_DONE(make_work(wanted, liwork, &work, &ints, &lwork, err));
    enter(blas);
    blas->dsyevd("V", "U", &n, a, &n, w, work, &lwork, ints, &liwork, &info, 1, 1);
    leave(blas);
    status = check_info("eigenvalues", info, err);
done:
    free(work);
    free(ints);
    return status;
}

gan_status gan_blas_singular(gan_blas *blas, int64_t m, int64_t n, double *a, double *w,
                             gan_error *err)
{
    const int rows = (int)n, columns = (int)m, ask = -1, one = 1; /* of the transpose */
    const int64_t least = m < n ? m : n;
    int lwork = 0, info = 0, *ints = NULL;
    double wanted = 0, none = 0, *work = NULL;
    gan_status status = GAN_OK;
    if (least == 0) {
        return GAN_OK;
    }
    GAN_TRY_DONE(make_work(0, 8 * least, &work, &ints, &lwork, err));
    free(work);
    work = NULL;
    enter(blas);
    blas->dgesdd("N", &rows, &columns, a, &rows, w, &none, &one, &none, &one, &wanted, &ask, ints,
                 &info, 1);
    leave(blas);
    GAN_TRY_DONE(check_info("singular values", info, err));
    free(ints);
    ints = NULL;
    GAN_TRY_DONE(make_work(wanted, 8 * least, &work, &ints, &lwork, err));
    enter(blas);
    blas->dgesdd("N", &rows, &columns, a, &rows, w, &none, &one, &none, &one, work, &lwork, ints,
                 &info, 1);
    leave(blas);
    status = check_info("singular values", info, err);
done:
    free(work);
    free(ints);
    return status;
}
