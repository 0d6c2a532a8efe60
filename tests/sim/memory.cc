/* memory.cc — see memory.h. */
#include "sim/memory.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <map>

#include "sim/counts.h"
#include "sim/grid.h"

#ifdef GAN_SIM_ASAN
#include <sanitizer/asan_interface.h>
#endif

static const size_t alignment = 256, red_zone = 256, page = 4096;
static const size_t huge_page = (size_t)2
                                << 20; /* memory opens and closes often: few, large pages */

struct allocation {
    size_t bytes;
    int number; /* counted from 1, for reports */
};

static std::map<char *, allocation> allocations; /* by address */
static std::map<char *, size_t> pinned;
static std::map<char *, bool> pinned_owned;
static char *base;
static size_t total, reserved, committed, used;
static int n_allocations, n_open;
static struct sigaction previous_handler;

static size_t round_up(size_t x, size_t to)
{
    return (x + to - 1) / to * to;
}

/* --- faults --- */

/* Runs on a signal: only what is safe there, and then the end. */
static void on_fault(int signal_number, siginfo_t *info, void *context)
{
    char *p = (char *)info->si_addr;
    if (base != NULL && p >= base && p < base + reserved) {
        char text[256];
        const int n = snprintf(text, sizeof text,
                               n_open > 0 ? "simulated device: an access to unallocated device "
                                            "memory, %zu bytes into the device's range\n"
                                          : "simulated device: the host touches device memory, %zu "
                                            "bytes into the device's range\n",
                               (size_t)(p - base));
        if (n > 0) {
            const ssize_t written = write(STDERR_FILENO, text, (size_t)n);
            (void)written;
        }
        _exit(86);
    }
    if ((previous_handler.sa_flags & SA_SIGINFO) && previous_handler.sa_sigaction != NULL) {
        previous_handler.sa_sigaction(signal_number, info, context);
        return;
    }
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void reserve(void)
{
    if (base != NULL) {
        return;
    }
    const char *asked = getenv("GAN_SIM_MEMORY");
    total = asked != NULL ? (size_t)strtoull(asked, NULL, 10) : (size_t)4 << 30;
    /* addresses are not used twice while they last */
    reserved = round_up(total * 2 + ((size_t)1 << 30), huge_page);
    void *p = mmap(NULL, reserved + huge_page, PROT_NONE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) {
        gan_sim_violation("cannot reserve %zu bytes of addresses", reserved);
    }
    base = (char *)round_up((size_t)(uintptr_t)p, huge_page);
    (void)madvise(base, reserved, MADV_HUGEPAGE); /* a wish: some systems have none */
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigaction(SIGSEGV, &action, &previous_handler);
}

/* --- red zones --- */

static void watch(char *p, size_t bytes, bool on)
{
#ifdef GAN_SIM_ASAN
    /* by name: the macros of this header do nothing in a file that is not instrumented */
    if (on) {
        __asan_poison_memory_region(p, bytes);
    } else {
        __asan_unpoison_memory_region(p, bytes);
    }
#else
    (void)p;
    (void)bytes;
    (void)on;
#endif
}

/* True if the zone after an allocation still holds what was put there. */
static bool zone_intact(const char *p, size_t bytes)
{
    const char *zone = p + bytes;
    const size_t length = round_up(bytes, alignment) + red_zone - bytes;
    bool intact = true;
    for (size_t i = 0; i < length; i++) {
        intact = intact && zone[i] == (char)0xFD;
    }
    return intact;
}

/* --- device memory --- */

/* From the first live allocation on: those before it are closed for good. */
static void protect(int how)
{
    if (allocations.empty()) {
        return;
    }
    const size_t first = (size_t)(allocations.begin()->first - base) / huge_page * huge_page;
    const size_t end = round_up(committed, huge_page);
    if (mprotect(base + first, end - first, how) != 0) {
        gan_sim_violation("mprotect of %zu bytes failed", end - first);
    }
}

size_t gan_memory_total(void)
{
    reserve();
    return total;
}

size_t gan_memory_free(void)
{
    reserve();
    return total - used;
}

static void count_used(void)
{
    gan_sim_now.device_bytes = (int64_t)used;
    if (gan_sim_now.device_bytes > gan_sim_now.device_bytes_peak) {
        gan_sim_now.device_bytes_peak = gan_sim_now.device_bytes;
    }
}

cudaError_t gan_memory_allocate(void **out, size_t bytes)
{
    reserve();
    const size_t room = round_up(bytes, alignment) + red_zone;
    if (committed + room > reserved && allocations.empty()) {
        committed = 0; /* a test that opens many devices, one after the other */
    }
    if (bytes > total - used || committed + room > reserved) {
        *out = NULL;
        return cudaErrorMemoryAllocation;
    }
    if (bytes == 0) {
        *out = NULL;
        return cudaSuccess;
    }
    char *p = base + committed;
    committed += room;
    used += bytes;
    count_used();
    allocations[p] = {bytes, ++n_allocations};
    gan_memory_open();
    protect(PROT_READ | PROT_WRITE); /* the new pages too, if it was open before */
    memset(p, 0xFF, bytes);
    memset(p + bytes, 0xFD, room - bytes);
    watch(p + bytes, room - bytes, true);
    gan_memory_close();
    *out = p;
    return cudaSuccess;
}

/* Pages that are wholly an allocation's, and what sanitizers keep of them, to the system. */
static void give_back(char *p, size_t bytes)
{
    char *first = base + round_up((size_t)(p - base), huge_page);
    char *end = base + (size_t)(p + bytes - base) / huge_page * huge_page;
    if (end <= first) {
        return;
    }
    const size_t length = (size_t)(end - first);
    if (munmap(first, length) != 0 ||
        mmap(first, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
             0) != first) {
        gan_sim_violation("cannot give back %zu bytes", length);
    }
}

cudaError_t gan_memory_release(void *pointer)
{
    char *p = (char *)pointer;
    if (p == NULL) {
        return cudaSuccess;
    }
    const auto at = allocations.find(p);
    if (at == allocations.end()) {
        return cudaErrorInvalidValue;
    }
    gan_memory_check("an operation before cudaFree");
    used -= at->second.bytes;
    count_used();
    give_back(p, at->second.bytes);
    watch(p, at->second.bytes, true); /* after: a mapping is born unwatched */
    allocations.erase(at);
    return cudaSuccess;
}

void gan_memory_open(void)
{
    n_open += 1;
    if (n_open == 1) {
        protect(PROT_READ | PROT_WRITE);
    }
}

void gan_memory_close(void)
{
    n_open -= 1;
    if (n_open == 0) {
        protect(PROT_NONE);
    }
}

bool gan_memory_is_device(const void *p)
{
    const char *c = (const char *)p;
    return base != NULL && c >= base && c < base + reserved;
}

bool gan_memory_holds(const void *p, size_t bytes)
{
    auto at = allocations.upper_bound((char *)p);
    if (at == allocations.begin()) {
        return false;
    }
    --at;
    const size_t offset = (size_t)((const char *)p - at->first);
    return offset <= at->second.bytes && bytes <= at->second.bytes - offset;
}

void gan_memory_check(const char *what)
{
    gan_memory_open();
    for (const auto &entry : allocations) {
        if (!zone_intact(entry.first, entry.second.bytes)) {
            gan_sim_violation("%s wrote beyond the end of device allocation %d (%zu bytes)", what,
                              entry.second.number, entry.second.bytes);
        }
    }
    gan_memory_close();
}

/* --- pinned host memory --- */

cudaError_t gan_pinned_allocate(void **out, size_t bytes)
{
    void *p = NULL;
    if (bytes > 0 && posix_memalign(&p, page, round_up(bytes, page)) != 0) {
        return cudaErrorMemoryAllocation;
    }
    if (p != NULL) {
        memset(p, 0xFF, bytes);
        pinned[(char *)p] = bytes;
        pinned_owned[(char *)p] = true;
    }
    *out = p;
    return cudaSuccess;
}

cudaError_t gan_pinned_release(void *p)
{
    if (p == NULL) {
        return cudaSuccess;
    }
    const auto at = pinned_owned.find((char *)p);
    if (at == pinned_owned.end() || !at->second) {
        return cudaErrorInvalidValue;
    }
    pinned_owned.erase(at);
    pinned.erase((char *)p);
    free(p);
    return cudaSuccess;
}

cudaError_t gan_pinned_register(void *p, size_t bytes)
{
    if (p == NULL || bytes == 0) {
        return cudaErrorInvalidValue;
    }
    if (gan_pinned_holds(p, 1)) {
        return cudaErrorHostMemoryAlreadyRegistered;
    }
    pinned[(char *)p] = bytes;
    pinned_owned[(char *)p] = false;
    return cudaSuccess;
}

cudaError_t gan_pinned_unregister(void *p)
{
    const auto at = pinned_owned.find((char *)p);
    if (at == pinned_owned.end() || at->second) {
        return cudaErrorHostMemoryNotRegistered;
    }
    pinned_owned.erase(at);
    pinned.erase((char *)p);
    return cudaSuccess;
}

bool gan_pinned_holds(const void *p, size_t bytes)
{
    auto at = pinned.upper_bound((char *)p);
    if (at == pinned.begin()) {
        return false;
    }
    --at;
    const size_t offset = (size_t)((const char *)p - at->first);
    return offset <= at->second && bytes <= at->second - offset;
}
