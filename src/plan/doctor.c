/* doctor.c — what this machine has for gan.c, what is missing, and the one line that mends it. */
#define _GNU_SOURCE /* access */
#include "gan/doctor.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "base/system.h"
#include "program/plugin.h"

/* Passes findings on as checks, and remembers what they mean for training on a GPU. */
typedef struct ward {
    void (*say)(void *ctx, const gan_check *check);
    void *ctx;
    bool has_fault;
} ward;

static void tell(ward *w, gan_check_level level, const char *subject, const char *fact,
                 const char *mend)
{
    const gan_check check = {level, subject, fact, mend};
    w->has_fault |= level == GAN_CHECK_FAULT;
    w->say(w->ctx, &check);
}

static void pass_on(void *ctx, const gan_finding *finding)
{
    ward *w = ctx;
    const gan_check_level level = finding->level == GAN_FINDING_OK        ? GAN_CHECK_OK
                                  : finding->level == GAN_FINDING_WARNING ? GAN_CHECK_WARNING
                                                                          : GAN_CHECK_FAULT;
    tell(w, level, finding->subject, finding->fact, finding->mend);
}

static void tell_processor(ward *w)
{
    char fact[96], memory[GAN_NUMBER_TEXT_SIZE];
    const int cores = gan_system_processors();
    gan_number_bytes((int64_t)sysconf(_SC_PHYS_PAGES) * (int64_t)sysconf(_SC_PAGESIZE), memory);
    snprintf(fact, sizeof fact, "%d processor%s for this process, %s of memory", cores,
             gan_plural(cores), memory);
    tell(w, GAN_CHECK_OK, "processor", fact, NULL);
}

/* What the kernel and the driver's own files say of NVIDIA hardware, with no library of theirs. */
static void tell_hardware(ward *w)
{
    if (access("/dev/nvidiactl", F_OK) == 0 || access("/proc/driver/nvidia/version", F_OK) == 0) {
        tell(w, GAN_CHECK_WARNING, "hardware",
             "there is an NVIDIA driver, and no use is made of it", NULL);
    }
}

/* A plugin that cannot be loaded: its error ends with the line that mends it. */
static void tell_plugin(ward *w, const gan_plugin *plugin, gan_error *reason)
{
    const size_t n = strlen(reason->text), mend = plugin->mend ? strlen(plugin->mend) : 0;
    if (mend > 0 && n > mend + 2 && strcmp(reason->text + n - mend, plugin->mend) == 0) {
        reason->text[n - mend - 2] = '\0'; /* the semicolon before it */
    }
    tell(w, GAN_CHECK_FAULT, "CUDA plugin", reason->text, plugin->mend);
}

bool gan_doctor(void (*say)(void *ctx, const gan_check *check), void *ctx)
{
    ward w = {.say = say, .ctx = ctx};
    gan_plugin plugin = {0};
    gan_error reason = {0};
    tell_processor(&w);
    if (gan_plugin_load(&plugin, &reason) != GAN_OK) {
        tell_plugin(&w, &plugin, &reason);
        tell_hardware(&w);
        return false;
    }
    tell(&w, GAN_CHECK_OK, "CUDA plugin", "gan-cuda.so is loaded", NULL);
    plugin.planner->diagnose(pass_on, &w);
    return !w.has_fault;
}
