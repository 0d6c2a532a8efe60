/* diagnose.c — driver, devices and libraries of this machine, each with the line that mends it. */
#include "cuda/diagnose.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "cuda/absent.h"
#include "cuda/options.h"
#include "kernels/kernels.h"

/* A description of a device of some compute capability (%d, times 100): cuDNN plans for it where
 * its engines are installed, driver or not. */
static const char probe_device[] =
    "{\"cudaDeviceId\":0,\"deviceName\":\"probe\",\"deviceVer\":%d,\"driverVer\":13000,"
    "\"isTccDriver\":0,\"l2CacheSize\":4194304,\"maxBlockSize\":[1024,1024,64],"
    "\"maxCtasPerSM\":16,\"maxGridSize\":[2147483647,65535,65535],\"maxRegistersPerSM\":65536,"
    "\"maxSharedMemoryPerBlock\":49152,\"maxSharedMemoryPerBlockOptin\":65536,"
    "\"maxThreadsPerBlock\":1024,\"maxThreadsPerSM\":1024,\"memClockRateKHz\":5001000,"
    "\"memoryBusWidth\":256,"
    "\"multiProcessorCount\":40,\"pciDeviceId\":0,\"regsPerBlock\":65536,"
    "\"reservedSharedMemoryPerBlock\":0,\"smClockRateKHz\":1590000,\"supportCoopLaunch\":1,"
    "\"totalGlobalMem\":15843721216,\"warpSize\":32}";

/* The first driver that serves every CUDA of this major version (NVIDIA, "CUDA Compatibility"). */
#if CUDART_VERSION >= 13000
#define OLDEST_DRIVER "580"
#define CUDA_MAJOR "13"
#else
#define OLDEST_DRIVER "525"
#define CUDA_MAJOR "12"
#endif

/* The first cuDNN that devices can be described to, as cudnnGetVersion() has it. */
enum { OLDEST_CUDNN = 90800 };

/* What is said about a failed cudaGetDeviceCount(). */
typedef struct trouble {
    char fact[200];
    const char *mend;
} trouble;

static trouble explain_count(cudaError_t code)
{
    trouble t = {.mend = "install NVIDIA's driver " OLDEST_DRIVER " or newer and reboot; in a "
                         "container, start it with --gpus all"};
    int driver = 0;
    (void)cudaDriverGetVersion(&driver);
    switch (code) {
    case cudaErrorInsufficientDriver:
        if (driver == 0) {
            snprintf(t.fact, sizeof t.fact, "there is no NVIDIA driver (CUDA error 35)");
        } else {
            snprintf(t.fact, sizeof t.fact,
                     "the NVIDIA driver is too old: it serves CUDA %d.%d, this build needs %d.%d "
                     "(CUDA error 35)",
                     driver / 1000, driver % 1000 / 10, CUDART_VERSION / 1000,
                     CUDART_VERSION % 1000 / 10);
        }
        break;
    case cudaErrorNoDevice:
        snprintf(t.fact, sizeof t.fact,
                 "the driver sees no device (CUDA error 100; CUDA_VISIBLE_DEVICES hides devices)");
        t.mend = "look at nvidia-smi and CUDA_VISIBLE_DEVICES; in a container, start it with "
                 "--gpus all";
        break;
    case cudaErrorStubLibrary:
        snprintf(t.fact, sizeof t.fact,
                 "the toolkit's link stub stands in for the driver (CUDA error 34)");
        t.mend = "take the toolkit's lib/stubs out of LD_LIBRARY_PATH";
        break;
    case cudaErrorSystemNotReady:
        snprintf(t.fact, sizeof t.fact,
                 "the devices of this machine are not joined yet (CUDA error "
                 "802)");
        t.mend = "start NVIDIA's fabric manager: systemctl start nvidia-fabricmanager";
        break;
    case cudaErrorSystemDriverMismatch:
        snprintf(t.fact, sizeof t.fact,
                 "the driver that runs and its libraries are of different versions (CUDA error "
                 "803)");
        t.mend = "reboot, so that the installed driver runs";
        break;
    default:
        snprintf(t.fact, sizeof t.fact, "CUDA does not start: %s (%s, %d)",
                 cudaGetErrorString(code), cudaGetErrorName(code), (int)code);
        t.mend = "look at nvidia-smi and the kernel's log";
    }
    (void)cudaGetLastError();
    return t;
}

static int sm_of(const struct cudaDeviceProp *device)
{
    return device->major * 10 + device->minor;
}

/* Whether a device that is there can be computed on; makes it the current one. */
static gan_status check_use(int index, const struct cudaDeviceProp *device, gan_error *err)
{
    const int sm = sm_of(device);
    GAN_TRY(gan_cuda_check_sm(sm, device->name, err));
    cudaError_t code = cudaSetDevice(index);
    code = code == cudaSuccess ? gan_kernels_load() : code;
    switch (code) {
    case cudaSuccess:
        return GAN_OK;
    case cudaErrorDevicesUnavailable:
        (void)cudaGetLastError();
        return gan_fail(err, GAN_E_NO_DEVICE,
                        "%s is another process's alone (CUDA error 46): wait for it, or nvidia-smi "
                        "-c DEFAULT lets several share it",
                        device->name);
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorInvalidDeviceFunction: /* the runtime's word for it, oftener than the one above */
    case cudaErrorInvalidPtx:
    case cudaErrorUnsupportedPtxVersion:
        return gan_fail(err, GAN_E_NO_DEVICE,
                        "this build has no kernels that %s, compute capability %d.%d, can load "
                        "(CUDA error %d): build it again, with make CUDA_ARCH=%d",
                        device->name, device->major, device->minor, (int)code, sm);
    default:
        return gan_cuda_fail(err, code, GAN_CUDA_PLACE(cudaSetDevice(index)));
    }
}

gan_status gan_cuda_check_device(int index, gan_error *err)
{
    int n = 0;
    const cudaError_t code = cudaGetDeviceCount(&n);
    if (code != cudaSuccess || n == 0) {
        const trouble t = explain_count(code == cudaSuccess ? cudaErrorNoDevice : code);
        return gan_fail(err, GAN_E_NO_DEVICE, "%s: %s", t.fact, t.mend);
    }
    if (index < 0 || index >= n) {
        return gan_fail(err, GAN_E_NO_DEVICE,
                        "there is no device cuda:%d: this machine has %d, "
                        "from cuda:0 on",
                        index, n);
    }
    struct cudaDeviceProp device;
    CUDA_TRY(cudaGetDeviceProperties(&device, index));
    return check_use(index, &device, err);
}

static const char whole_cudnn[] =
    "install all of cuDNN 9 (apt: cudnn9-cuda-" CUDA_MAJOR "; pip: nvidia-cudnn-cu" CUDA_MAJOR ")";

/* The first part of cuDNN that cannot be loaded; NULL if none is missing. */
static const char *find_missing_part(void)
{
    static const char *const parts[] = {"libcudnn_ops.so.9", "libcudnn_heuristic.so.9",
                                        "libcudnn_engines_precompiled.so.9",
                                        "libcudnn_engines_runtime_compiled.so.9"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        void *part = dlopen(parts[i], RTLD_LAZY | RTLD_LOCAL);
        if (!part) {
            return parts[i];
        }
        (void)dlclose(part);
    }
    return NULL;
}

/* Plans a small convolution for a device of that compute capability. */
static gan_status plan_probe(int sm, gan_error *err)
{
    const gan_cudnn_rules rules = {.deterministic = true, .workspace_cap = (int64_t)64 << 20};
    const gan_conv_task task = {.direction = GAN_CONV_FWD,
                                .geometry = {.h = 8,
                                             .w = 8,
                                             .c = 8,
                                             .p = 8,
                                             .q = 8,
                                             .k = 8,
                                             .r = 3,
                                             .s = 3,
                                             .groups = 1,
                                             .stride_h = 1,
                                             .stride_w = 1,
                                             .pad_top = 1,
                                             .pad_left = 1,
                                             .pad_bottom = 1,
                                             .pad_right = 1},
                                .n = 8,
                                .type = GAN_F32,
                                .align_x = 16,
                                .align_w = 16,
                                .align_y = 16};
    char device[sizeof probe_device + 16];
    gan_cudnn_pool pool = {0};
    gan_cudnn_conv conv = {0};
    gan_cudnn_target target = {0};
    snprintf(device, sizeof device, probe_device, sm * 10);
    gan_status status = gan_cudnn_describe_device(&pool, device, &target.description, err);
    if (status == GAN_OK) {
        status = gan_cudnn_conv_plan(&target, &rules, &task, &conv, err);
    }
    gan_cudnn_conv_destroy(&conv);
    gan_cudnn_pool_clear(&pool);
    return status;
}

gan_status gan_cuda_check_engines(int sm, gan_error *err)
{
    /* one of each line of engines: no cuDNN has those of all generations for ever */
    static const int generations[] = {75, 80, 90, 100, 120};
    const size_t version = cudnnGetVersion();
    if (version < OLDEST_CUDNN) {
        return gan_fail(err, GAN_E_NO_DEVICE, "cuDNN %zu.%zu is loaded, 9.8 or newer is needed: %s",
                        version / 10000, version / 100 % 100, whole_cudnn);
    }
    gan_status status = sm > 0 ? plan_probe(sm, err) : GAN_E_UNSUPPORTED;
    for (size_t i = 0; sm <= 0 && status != GAN_OK && i < sizeof generations / sizeof *generations;
         i++) {
        status = plan_probe(generations[i], err);
    }
    if (status == GAN_OK) {
        return GAN_OK;
    }
    const char *part = find_missing_part();
    return part ? gan_fail(err, GAN_E_NO_DEVICE, "%s cannot be loaded: %s", part, whole_cudnn)
                : gan_fail_in(err, GAN_E_NO_DEVICE, "cuDNN plans no convolution");
}

/* Says what it is given, to whom it is to be said. */
typedef struct speaker {
    void (*say)(void *ctx, const gan_finding *finding);
    void *ctx;
} speaker;

static void tell(const speaker *s, gan_finding_level level, const char *subject, const char *fact,
                 const char *mend)
{
    const gan_finding finding = {level, subject, fact, mend};
    s->say(s->ctx, &finding);
}

static void tell_device(const speaker *s, int index)
{
    struct cudaDeviceProp device;
    char subject[24], fact[320];
    gan_error reason = {0};
    snprintf(subject, sizeof subject, "cuda:%d", index);
    if (cudaGetDeviceProperties(&device, index) != cudaSuccess) {
        tell(s, GAN_FINDING_FAULT, subject, "its properties cannot be read", "look at nvidia-smi");
        return;
    }
    snprintf(fact, sizeof fact, "%s, compute capability %d.%d, %.1f GiB", device.name, device.major,
             device.minor, (double)device.totalGlobalMem / 1073741824.0);
    if (check_use(index, &device, &reason) != GAN_OK) {
        tell(s, GAN_FINDING_FAULT, subject, fact, reason.text);
        return;
    }
    tell(s, GAN_FINDING_OK, subject, fact, NULL);
}

static void tell_driver(const speaker *s)
{
    int n = 0, driver = 0;
    char fact[64];
    cudaError_t code = cudaGetDeviceCount(&n);
    code = code == cudaSuccess && n == 0 ? cudaErrorNoDevice : code;
    if (code != cudaSuccess) {
        const trouble t = explain_count(code);
        tell(s, GAN_FINDING_FAULT, "driver", t.fact, t.mend);
        return;
    }
    (void)cudaDriverGetVersion(&driver);
    snprintf(fact, sizeof fact, "serves CUDA %d.%d, sees %d device%s", driver / 1000,
             driver % 1000 / 10, n, n == 1 ? "" : "s");
    tell(s, GAN_FINDING_OK, "driver", fact, NULL);
    for (int i = 0; i < n; i++) {
        tell_device(s, i);
    }
}

void gan_cuda_diagnose(void (*say)(void *ctx, const gan_finding *finding), void *ctx)
{
    const speaker s = {say, ctx};
    char libraries[128];
    gan_error reason = {0};
    gan_cuda_libraries(libraries, sizeof libraries);
    tell(&s, GAN_FINDING_OK, "libraries", libraries, NULL);
    tell_driver(&s);
    gan_cuda_stand_in_for_driver(); /* after the driver was asked for */
    if (gan_cuda_check_engines(0, &reason) == GAN_OK) {
        tell(&s, GAN_FINDING_OK, "cuDNN engines", "a convolution can be planned", NULL);
    } else {
        char *mend = strstr(reason.text, whole_cudnn);
        if (mend) {
            mend[-2] = '\0'; /* the colon before it */
        }
        tell(&s, GAN_FINDING_FAULT, "cuDNN engines", reason.text, whole_cudnn);
    }
}
