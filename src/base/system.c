/* system.c — what the machine offers this process. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "base/system.h"

#include <limits.h>
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

/* The lesser of `least` and what a limit leaves; a limit or use below 0 is none. */
static int64_t at_most(int64_t least, int64_t limit, int64_t used)
{
    const int64_t left = limit > used ? limit - used : 0;
    return limit >= 0 && used >= 0 && left < least ? left : least;
}

/* What a group holds of files, which is given back when memory is wanted; 0 where it is not told.
 * Version 1 has that of its sub-groups under names of their own. */
static int64_t group_cache(const char *folder)
{
    static const char *const keys[2][2] = {{"total_inactive_file", "total_active_file"},
                                           {"inactive_file", "active_file"}};
    char file[PATH_MAX + 64];
    snprintf(file, sizeof file, "%s/memory.stat", folder);
    for (int i = 0; i < 2; i++) {
        const int64_t inactive = number_after(file, keys[i][0]);
        const int64_t active = number_after(file, keys[i][1]);
        if (inactive >= 0 && active >= 0) {
            return inactive + active;
        }
    }
    return 0;
}

/* What a control group and those around it leave: of `root` itself and of every folder on the way
 * to `group`, e.g. "/user.slice/job-7". */
static int64_t group_memory(const char *root, const char *group, const char *limit,
                            const char *used, int64_t least)
{
    char folder[PATH_MAX], file[PATH_MAX + 64];
    int n = snprintf(folder, sizeof folder, "%s%s", root, strcmp(group, "/") == 0 ? "" : group);
    while (n >= (int)strlen(root) && n < (int)sizeof folder) {
        snprintf(file, sizeof file, "%s/%s", folder, limit);
        const int64_t most = number_after(file, "");
        snprintf(file, sizeof file, "%s/%s", folder, used);
        const int64_t all = number_after(file, ""), cache = all < 0 ? 0 : group_cache(folder);
        least = at_most(least, most, all > cache ? all - cache : all < 0 ? -1 : 0);
        const char *slash = strrchr(folder, '/');
        n = slash ? (int)(slash - folder) : -1;
        if (n >= 0) {
            folder[n] = '\0';
        }
    }
    return least;
}

/* The process's groups: "0::/path" (version 2), "5:memory:/path" (version 1). A container sees its
 * own group at the root. */
static int64_t groups_memory(int64_t least)
{
    static const char v2[] = "/sys/fs/cgroup", v1[] = "/sys/fs/cgroup/memory";
    FILE *file = fopen("/proc/self/cgroup", "re");
    char line[PATH_MAX];
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        const char *names = strchr(line, ':'), *path = names ? strchr(names + 1, ':') : NULL;
        if (path && names + 1 == path) {
            least = group_memory(v2, path + 1, "memory.max", "memory.current", least);
        } else if (path && strncmp(names, ":memory:", 8) == 0) {
            least =
                group_memory(v1, path + 1, "memory.limit_in_bytes", "memory.usage_in_bytes", least);
        }
    }
    if (file) {
        (void)fclose(file);
    }
    return least;
}

static int64_t kibibytes_after(const char *path, const char *key)
{
    const int64_t n = number_after(path, key);
    return n >= 0 && n < INT64_MAX / 1024 ? n * 1024 : -1;
}

/* What a limit of the process leaves, of which it uses what that line of /proc/self/status says. */
static int64_t limit_memory(__rlimit_resource_t resource, const char *key, int64_t least)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
        return least;
    }
    const int64_t used = kibibytes_after("/proc/self/status", key);
    return at_most(least, (int64_t)limit.rlim_cur, used < 0 ? 0 : used);
}

int64_t gan_system_available_memory(void)
{
    int64_t least = at_most(INT64_MAX, kibibytes_after("/proc/meminfo", "MemAvailable:"), 0);
    least = groups_memory(least);
    least = limit_memory(RLIMIT_AS, "VmSize:", least);
    return limit_memory(RLIMIT_DATA, "VmData:", least);
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
