/* bench_load.c — processor time, waiting and page faults, as Linux tells them. */
#define _GNU_SOURCE /* CLOCK_BOOTTIME */
#include "bench/bench_load.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

/* Seconds that one thread has waited for a processor; NaN where /proc does not tell. */
static double waiting_of(const char *thread)
{
    char path[320];
    unsigned long long ran = 0, waited = 0;
    snprintf(path, sizeof path, "/proc/self/task/%s/schedstat", thread);
    FILE *file = fopen(path, "re");
    if (!file) {
        return NAN;
    }
    int n = fscanf(file, "%llu %llu", &ran, &waited);
    (void)fclose(file);
    return n == 2 ? 1e-9 * (double)waited : NAN;
}

static double waiting_of_all(void)
{
    DIR *threads = opendir("/proc/self/task");
    double sum = 0;
    if (!threads) {
        return NAN;
    }
    for (const struct dirent *entry; (entry = readdir(threads)) != NULL;) {
        if (entry->d_name[0] != '.') {
            sum += waiting_of(entry->d_name);
        }
    }
    closedir(threads);
    return sum;
}

/* Of the whole machine: the eighth number of the first line, proc(5). */
static double stolen_from_all(void)
{
    unsigned long long ticks = 0;
    FILE *file = fopen("/proc/stat", "re");
    if (!file) {
        return NAN;
    }
    int n = fscanf(file, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &ticks);
    (void)fclose(file);
    return n == 1 ? (double)ticks / (double)sysconf(_SC_CLK_TCK) : NAN;
}

gan_bench_load gan_bench_load_now(void)
{
    struct timespec cpu = {0};
    struct rusage usage = {0};
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    (void)getrusage(RUSAGE_SELF, &usage);
    return (gan_bench_load){.wall = gan_clock_seconds(),
                            .cpu = (double)cpu.tv_sec + 1e-9 * (double)cpu.tv_nsec,
                            .waiting = waiting_of_all(),
                            .stolen = stolen_from_all(),
                            .page_faults = usage.ru_minflt};
}

double gan_bench_since_exec(void)
{
    char line[1024] = "";
    unsigned long long started = 0; /* clock ticks after boot: field 22, proc(5) */
    struct timespec now;
    FILE *file = fopen("/proc/self/stat", "re");
    if (!file) {
        return NAN;
    }
    const char *got = fgets(line, sizeof line, file);
    (void)fclose(file);
    const char *after_name = got ? strrchr(line, ')') : NULL;
    long ticks = sysconf(_SC_CLK_TCK);
    if (!after_name ||
        sscanf(after_name + 1,
               " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
               &started) != 1 ||
        ticks <= 0 || clock_gettime(CLOCK_BOOTTIME, &now) != 0) {
        return NAN;
    }
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec - (double)started / (double)ticks;
}
