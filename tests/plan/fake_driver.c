/* fake_driver.c — a libcuda.so.1 for a machine that has none: FAKE_DRIVER_VERSION is the CUDA that
 * it serves, FAKE_DRIVER_INIT what cuInit() returns. CUDA's runtime asks it as it would a real one.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int cuDriverGetVersion(int *version);
int cuInit(unsigned flags);
int cuDeviceGetCount(int *count);
int cuGetProcAddress(const char *symbol, void **out, int version, uint64_t flags);
int cuGetProcAddress_v2(const char *symbol, void **out, int version, uint64_t flags, int *found);

static int setting(const char *name, int otherwise)
{
    const char *value = getenv(name);
    return value ? atoi(value) : otherwise;
}

int cuDriverGetVersion(int *version)
{
    *version = setting("FAKE_DRIVER_VERSION", 99000);
    return 0;
}

int cuInit(unsigned flags)
{
    (void)flags;
    return setting("FAKE_DRIVER_INIT", 0);
}

int cuDeviceGetCount(int *count)
{
    *count = 0;
    return 0;
}

/* Everything else that the runtime takes addresses of: CUDA_ERROR_NOT_INITIALIZED. */
static int refuse(void)
{
    return 3;
}

int cuGetProcAddress_v2(const char *symbol, void **out, int version, uint64_t flags, int *found)
{
    /* POSIX gives functions as data pointers; the union says so without a cast that C11 forbids */
    static const struct {
        const char *name;
        union {
            int (*version)(int *);
            int (*init)(unsigned);
            int (*find)(const char *, void **, int, uint64_t, int *);
            int (*other)(void);
            void *address;
        } function;
    } functions[] = {{"cuDriverGetVersion", {.version = cuDriverGetVersion}},
                     {"cuDeviceGetCount", {.version = cuDeviceGetCount}},
                     {"cuInit", {.init = cuInit}},
                     {"cuGetProcAddress", {.find = cuGetProcAddress_v2}},
                     {"", {.other = refuse}}};
    size_t i = 0;
    (void)version;
    (void)flags;
    while (functions[i].name[0] && strcmp(functions[i].name, symbol) != 0) {
        i++;
    }
    *out = functions[i].function.address;
    if (found) {
        *found = 0; /* CU_GET_PROC_ADDRESS_SUCCESS */
    }
    return 0;
}

int cuGetProcAddress(const char *symbol, void **out, int version, uint64_t flags)
{
    return cuGetProcAddress_v2(symbol, out, version, flags, NULL);
}
