/* driver.cc — which driver and device the simulated machine has. Not instrumented. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/architecture.h"
#include "sim/counts.h"
#include "sim/fault.h"
#include "sim/grid.h"
#include "sim/memory.h"

/* A machine that cannot be computed on: GAN_SIM_DRIVER in the environment says how. */
typedef struct driver_state {
    const char *name;
    cudaError_t code; /* of cudaGetDeviceCount() */
    int version;      /* of CUDA, that the driver serves */
    cudaError_t use;  /* of the first use of the device */
    cudaError_t load; /* of loading a kernel */
} driver_state;

static const driver_state works = {"", cudaSuccess, CUDART_VERSION, cudaSuccess, cudaSuccess};
static const driver_state states[] = {
    {"none", cudaErrorInsufficientDriver, 0, cudaSuccess, cudaSuccess},
    {"old", cudaErrorInsufficientDriver, 11040, cudaSuccess, cudaSuccess},
    {"no-device", cudaErrorNoDevice, CUDART_VERSION, cudaSuccess, cudaSuccess},
    {"stub", cudaErrorStubLibrary, 0, cudaSuccess, cudaSuccess},
    {"busy", cudaSuccess, CUDART_VERSION, cudaErrorDevicesUnavailable, cudaSuccess},
    {"no-image", cudaSuccess, CUDART_VERSION, cudaSuccess, cudaErrorNoKernelImageForDevice},
    {"no-function", cudaSuccess, CUDART_VERSION, cudaSuccess, cudaErrorInvalidDeviceFunction},
};

static const driver_state *state(void)
{
    const char *asked = getenv("GAN_SIM_DRIVER");
    for (const driver_state &s : states) {
        if (asked != NULL && strcmp(asked, s.name) == 0) {
            return &s;
        }
    }
    return &works;
}

static cudaError_t check_index(int device)
{
    const cudaError_t code = state()->code;
    return code == cudaSuccess && device != 0 ? cudaErrorInvalidDevice : code;
}

extern "C" {

cudaError_t cudaGetDeviceCount(int *count)
{
    const cudaError_t code = state()->code;
    *count = code == cudaSuccess ? 1 : 0;
    return code;
}

cudaError_t cudaSetDevice(int device)
{
    const cudaError_t code = check_index(device);
    return gan_sim_fate(code == cudaSuccess ? state()->use : code);
}

cudaError_t cudaFuncGetAttributes(struct cudaFuncAttributes *attributes, const void *kernel)
{
    (void)kernel;
    memset(attributes, 0, sizeof *attributes);
    return state()->load;
}

cudaError_t cudaGetDevice(int *device)
{
    *device = 0;
    return cudaSuccess;
}

cudaError_t cudaDriverGetVersion(int *version)
{
    *version = state()->version;
    return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int *version)
{
    *version = CUDART_VERSION;
    return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *p, int device)
{
    if (check_index(device) != cudaSuccess) {
        return check_index(device);
    }
    gan_sim_now.property_queries++;
    memset(p, 0, sizeof *p);
    snprintf(p->name, sizeof p->name, "simulated device");
    p->major = sim_architecture() / 10;
    p->minor = sim_architecture() % 10;
    p->totalGlobalMem = gan_memory_total();
    p->multiProcessorCount = sim_processors();
    p->maxThreadsPerBlock = SIM_MAX_THREADS;
    p->maxThreadsPerMultiProcessor = 2048;
    p->sharedMemPerBlock = 48 * 1024;
    p->sharedMemPerBlockOptin = 48 * 1024;
    p->sharedMemPerMultiprocessor = 96 * 1024;
    p->regsPerBlock = 65536;
    p->regsPerMultiprocessor = 65536;
    p->warpSize = 32;
    p->maxGridSize[0] = 0x7FFFFFFF;
    p->maxGridSize[1] = p->maxGridSize[2] = 65535;
    p->maxThreadsDim[0] = p->maxThreadsDim[1] = SIM_MAX_THREADS;
    p->maxThreadsDim[2] = 64;
    p->l2CacheSize = 4 << 20;
    p->asyncEngineCount = 1;
    p->concurrentKernels = 1;
    p->cooperativeLaunch = 1;
    return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int *value, enum cudaDeviceAttr attribute, int device)
{
    if (check_index(device) != cudaSuccess) {
        return check_index(device);
    }
    switch (attribute) {
    case cudaDevAttrComputeCapabilityMajor:
        *value = sim_architecture() / 10;
        return cudaSuccess;
    case cudaDevAttrComputeCapabilityMinor:
        *value = sim_architecture() % 10;
        return cudaSuccess;
    case cudaDevAttrMultiProcessorCount:
        *value = sim_processors();
        return cudaSuccess;
    case cudaDevAttrCooperativeLaunch:
        *value = 1;
        return cudaSuccess;
    case cudaDevAttrClockRate:
    case cudaDevAttrMemoryClockRate:
        *value = 1000000;
        return cudaSuccess;
    default:
        gan_sim_violation("cudaDeviceGetAttribute(%d) is not simulated", (int)attribute);
    }
}

} /* extern "C" */
