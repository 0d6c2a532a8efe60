/* system.c — what the machine offers this process. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "base/system.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* The number after key in a file of "key: number unit" lines; -1 if there is none. */
static int64_t number_after(const char *path, const char *key)
{
    FILE *file = fopen(path, "re");
    char line[256];
    long long value = -1;
    if (!file) {
        return -1;
    }
    while (fgets(line, sizeof line, file)) {
        size_t n = strlen(key);
        if (strncmp(line, key, n) == 0 && sscanf(line + n, "%lld", &value) == 1) {
            break;
        }
    }
    (void)fclose(file);
    return value;
}

int64_t gan_system_available_memory(void)
{
    int64_t least = INT64_MAX;
    int64_t kibibytes = number_after("/proc/meminfo", "MemAvailable:");
    if (kibibytes >= 0) {
        least = kibibytes * 1024;
    }
    int64_t limit = number_after("/sys/fs/cgroup/memory.max", "");
    int64_t used = number_after("/sys/fs/cgroup/memory.current", "");
    if (limit > 0 && used >= 0 && limit - used < least) {
        least = limit > used ? limit - used : 0;
    }
    struct rlimit space;
    if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY &&
        (int64_t)space.rlim_cur < least) {
        least = (int64_t)space.rlim_cur;
    }
    return least;
}

int64_t gan_system_peak_memory(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (int64_t)usage.ru_maxrss * 1024 : 0;
}

int gan_system_processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) {
        return 1;
    }
    int n = CPU_COUNT(&set);
    return n > 0 ? n : 1;
}

static void *wait_for_the_others(void *gate)
{
    (void)pthread_mutex_lock(gate);
    (void)pthread_mutex_unlock(gate);
    return NULL;
}

int gan_system_start_threads(int n)
{
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    pthread_t *threads = n > 0 ? calloc((size_t)n, sizeof *threads) : NULL;
    int started = 0;
    (void)pthread_mutex_lock(&gate);
    while (threads && started < n &&
           pthread_create(&threads[started], NULL, wait_for_the_others, &gate) == 0) {
        started++;
    }
    (void)pthread_mutex_unlock(&gate);
    for (int i = 0; i < started; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    free(threads);
    return started;
}
