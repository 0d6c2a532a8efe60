/* op_scratch.c — the scratch of a compiled program, found as the last block that was allocated. */
#include "ops/op_scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"

static const int all_ones = 0xFF;

static struct {
    void *block;
    size_t bytes;
} last;

/* The linker gives every call of gan_aligned_alloc to this one (mk/tests.mk). */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's names */
gan_status __real_gan_aligned_alloc(size_t bytes, void **out, gan_error *err);
gan_status __wrap_gan_aligned_alloc(size_t bytes, void **out, gan_error *err);

gan_status __wrap_gan_aligned_alloc(size_t bytes, void **out, gan_error *err)
{
    gan_status status = __real_gan_aligned_alloc(bytes, out, err);
    last.block = status == GAN_OK ? *out : NULL;
    last.bytes = status == GAN_OK ? bytes : 0;
    return status;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

void op_scratch_poison(const gan_backend *backend, const gan_executable *executable)
{
    gan_memory_report report = {0};
    if (backend != &gan_cpu_backend) {
        return;
    }
    backend->memory(executable, &report);
    assert_int_equal(last.bytes, report.workspace_bytes);
    memset(last.block, all_ones, last.bytes);
}
