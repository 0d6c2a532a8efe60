/* device_facts.c — the live device in the words of data/gpus.json, as one JSON object: what CUDA
 * says of it, and how cuDNN itself describes it. Exit 69 when there is no device. */
#include <cuda_runtime_api.h>
#include <cudnn.h>
#include <stdio.h>
#include <stdlib.h>

static int attribute(enum cudaDeviceAttr name)
{
    int value = -1;
    if (cudaDeviceGetAttribute(&value, name, 0) != cudaSuccess) {
        (void)cudaGetLastError();
    }
    return value;
}

static void print_properties(const struct cudaDeviceProp *p)
{
    int driver = 0;
    (void)cudaDriverGetVersion(&driver);
    printf("{\"deviceName\": \"%s\", \"deviceVer\": %d, \"driverVer\": %d, "
           "\"multiProcessorCount\": %d, \"totalGlobalMem\": %zu, \"l2CacheSize\": %d, "
           "\"maxCtasPerSM\": %d, \"maxThreadsPerSM\": %d, \"maxRegistersPerSM\": %d, "
           "\"maxSharedMemoryPerBlock\": %zu, \"maxSharedMemoryPerBlockOptin\": %d, "
           "\"reservedSharedMemoryPerBlock\": %d, \"smClockRateKHz\": %d, "
           "\"memClockRateKHz\": %d, \"memoryBusWidth\": %d, \"warpSize\": %d, "
           "\"maxGridSize\": [%d, %d, %d]}",
           p->name, p->major * 100 + p->minor * 10, driver, p->multiProcessorCount,
           p->totalGlobalMem, p->l2CacheSize, attribute(cudaDevAttrMaxBlocksPerMultiprocessor),
           p->maxThreadsPerMultiProcessor, attribute(cudaDevAttrMaxRegistersPerMultiprocessor),
           p->sharedMemPerBlock, attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin),
           attribute(cudaDevAttrReservedSharedMemoryPerBlock), attribute(cudaDevAttrClockRate),
           attribute(cudaDevAttrMemoryClockRate), attribute(cudaDevAttrGlobalMemoryBusWidth),
           p->warpSize, p->maxGridSize[0], p->maxGridSize[1], p->maxGridSize[2]);
}

/* cuDNN's own description as it gives it, or null. */
static void print_description(void)
{
    cudnnHandle_t handle = NULL;
    cudnnBackendDescriptor_t d = NULL;
    int64_t size = 0;
    char *json = NULL;
    if (cudnnCreate(&handle) == CUDNN_STATUS_SUCCESS &&
        cudnnBackendCreateDescriptor(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR, &d) ==
            CUDNN_STATUS_SUCCESS &&
        cudnnBackendSetAttribute(d, CUDNN_ATTR_DEVICEPROP_HANDLE, CUDNN_TYPE_HANDLE, 1, &handle) ==
            CUDNN_STATUS_SUCCESS &&
        cudnnBackendFinalize(d) == CUDNN_STATUS_SUCCESS &&
        cudnnBackendGetAttribute(d, CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, CUDNN_TYPE_CHAR, 0,
                                 &size, NULL) == CUDNN_STATUS_SUCCESS &&
        size > 0 && (json = calloc((size_t)size + 1, 1)) != NULL &&
        cudnnBackendGetAttribute(d, CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, CUDNN_TYPE_CHAR,
                                 size, &size, json) == CUDNN_STATUS_SUCCESS) {
        printf("%s", json);
    } else {
        printf("null");
    }
    free(json);
    if (d) {
        (void)cudnnBackendDestroyDescriptor(d);
    }
    if (handle) {
        (void)cudnnDestroy(handle);
    }
}

int main(void)
{
    struct cudaDeviceProp p;
    const cudaError_t code = cudaGetDeviceProperties(&p, 0);
    if (code != cudaSuccess) {
        fprintf(stderr, "no device: %s (%d)\n", cudaGetErrorString(code), (int)code);
        return 69;
    }
    printf("{\"properties\": ");
    print_properties(&p);
    printf(",\n \"cudnn\": ");
    print_description();
    printf(",\n \"cudnn_version\": %zu}\n", cudnnGetVersion());
    return 0;
}
