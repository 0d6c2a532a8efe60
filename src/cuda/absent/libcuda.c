/* libcuda.c — gan-cuda-absent.so: stands in for libcuda.so.1 where there is no driver.
 *
 * A part of cuDNN (9.28 for CUDA 13) is linked against the driver's library, and without it no
 * convolution can be planned, though planning calls nothing of it. This one has the names that are
 * linked, those that a cuDNN which loads the library itself (9.19) complains of on stderr where it
 * does not find them, and says what CUDA's runtime would find without it: that there is no driver.
 */
#include <stddef.h>
#include <stdint.h>

enum { NOT_INITIALIZED = 3, NO_DEVICE = 100, NOT_FOUND = 500 }; /* CUresult */

#define EXPORT __attribute__((visibility("default")))
#define REFUSED(name)                                                                              \
    EXPORT int name(void);                                                                         \
    int name(void)                                                                                 \
    {                                                                                              \
        return NOT_INITIALIZED;                                                                    \
    }

REFUSED(cuGetErrorString)
REFUSED(cuGetErrorName)
REFUSED(cuModuleGetFunction)
REFUSED(cuModuleLoadData)
REFUSED(cuModuleUnload)
REFUSED(cuTensorMapEncodeIm2col)
REFUSED(cuTensorMapEncodeTiled)

REFUSED(cuCtxGetCurrent)
REFUSED(cuCtxGetLimit)
REFUSED(cuCtxPopCurrent)
REFUSED(cuCtxPushCurrent)
REFUSED(cuDeviceGet)
REFUSED(cuDeviceGetCount)
REFUSED(cuKernelGetAttribute)
REFUSED(cuKernelSetAttribute)
REFUSED(cuLaunchCooperativeKernel)
REFUSED(cuLaunchKernel)
REFUSED(cuLaunchKernelEx)
REFUSED(cuLibraryGetKernel)
REFUSED(cuLibraryLoadData)
REFUSED(cuLibraryLoadFromFile)
REFUSED(cuLibraryUnload)
REFUSED(cuLinkAddData)
REFUSED(cuLinkComplete)
REFUSED(cuLinkCreate)
REFUSED(cuLinkDestroy)
REFUSED(cuOccupancyMaxPotentialClusterSize)
REFUSED(cuStreamGetCtx)

EXPORT int cuInit(unsigned flags);
EXPORT int cuDriverGetVersion(int *version);
EXPORT int cuGetProcAddress(const char *symbol, void **out, int version, uint64_t flags);
EXPORT int cuGetProcAddress_v2(const char *symbol, void **out, int version, uint64_t flags,
                               int *found);

int cuInit(unsigned flags)
{
    (void)flags;
    return NO_DEVICE;
}

int cuDriverGetVersion(int *version)
{
    *version = 0;
    return 0;
}

int cuGetProcAddress(const char *symbol, void **out, int version, uint64_t flags)
{
    (void)symbol;
    (void)version;
    (void)flags;
    *out = NULL;
    return NOT_FOUND;
}

int cuGetProcAddress_v2(const char *symbol, void **out, int version, uint64_t flags, int *found)
{
    if (found) {
        *found = 1; /* CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND */
    }
    return cuGetProcAddress(symbol, out, version, flags);
}
