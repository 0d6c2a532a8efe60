/* team.c — the threads that OpenMP really gives: counted in a region, and had again later. */
#include "cpu/team.h"

#include <omp.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "base/system.h"

/* What the calling thread's regions ask for. */
typedef struct wish {
    int threads, dynamic;
} wish;

typedef struct job {
    int threads;
    gan_status (*work)(void *ctx, gan_error *err);
    void *ctx;
    gan_error *err;
    gan_status status;
} job;

static wish ask_for(wish next)
{
    wish former = {omp_get_max_threads(), omp_get_dynamic()};
    omp_set_num_threads(next.threads);
    omp_set_dynamic(next.dynamic);
    return former;
}

static int count_team(int threads)
{
    int n = 1;
#pragma omp parallel num_threads(threads)
    {
        if (omp_get_thread_num() == 0) {
            n = omp_get_num_threads();
        }
    }
    return n;
}

/* OpenMP's runtimes end the process when the system starts no thread for them. They keep those that
 * they have for later regions of the same thread, so only others have to be tried. */
static int startable(int threads)
{
    static _Thread_local int started = 1;
    if (threads > started) {
        started += gan_system_start_threads(threads - started);
    }
    return started < threads ? started : threads;
}

static const char *reason(int asked)
{
    if (omp_get_thread_limit() < asked) {
        return "OMP_THREAD_LIMIT is less";
    }
    return omp_get_max_active_levels() < 1 ? "OpenMP's parallel regions are switched off"
                                           : "OpenMP gives no more";
}

int gan_team_measure(int asked, const char **why)
{
    if (asked > 1 && omp_in_parallel()) {
        *why = "this is inside a parallel region";
        return 1;
    }
    int limit = omp_get_thread_limit(), wanted = asked < limit ? asked : limit;
    int possible = startable(wanted);
    if (possible < wanted) {
        *why = "the system starts no more (ulimit -u, ulimit -v, pids.max of the control group)";
    } else {
        *why = reason(asked);
    }
    wish former = ask_for((wish){possible, 0});
    int n = count_team(possible);
    ask_for(former);
    return n;
}

static bool has_team(int threads)
{
    return threads == 1 || (!omp_in_parallel() && count_team(threads) == threads);
}

static void *run_alone(void *ctx)
{
    job *j = ctx;
    ask_for((wish){j->threads, 0});
    if (has_team(j->threads)) {
        j->status = j->work(j->ctx, j->err);
    } else {
        j->status = gan_fail(j->err, GAN_E_BACKEND,
                             "OpenMP no longer gives the %d threads that the device was opened "
                             "with",
                             j->threads);
    }
    return NULL;
}

/* A new thread is in nobody's region. */
static gan_status run_elsewhere(job *j)
{
    pthread_t thread;
    int code = pthread_create(&thread, NULL, run_alone, j);
    if (code != 0) {
        return gan_fail(j->err, GAN_E_BACKEND, "no thread to compute in: %s", strerror(code));
    }
    (void)pthread_join(thread, NULL);
    return j->status;
}

gan_status gan_team_run(int threads, gan_status (*work)(void *ctx, gan_error *err), void *ctx,
                        gan_error *err)
{
    job j = {.threads = threads, .work = work, .ctx = ctx, .err = err};
    wish former = ask_for((wish){threads, 0});
    gan_status status = has_team(threads) ? work(ctx, err) : run_elsewhere(&j);
    ask_for(former);
    return status;
}
