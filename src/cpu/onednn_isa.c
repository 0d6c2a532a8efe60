/* onednn_isa.c — which oneDNN this is, and what instructions it uses here. */
#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>

#include "cpu/onednn.h"

typedef struct isa_row {
    dnnl_cpu_isa_t isa;
    const char *name;
} isa_row;

/* The library's word for an instruction set, or NULL. */
static const char *isa_name(dnnl_cpu_isa_t isa)
{
    static const isa_row rows[] = {
        {dnnl_cpu_isa_sse41, "sse41"},
        {dnnl_cpu_isa_avx, "avx"},
        {dnnl_cpu_isa_avx2, "avx2"},
        {dnnl_cpu_isa_avx2_vnni, "avx2_vnni"},
        {dnnl_cpu_isa_avx512_core, "avx512_core"},
        {dnnl_cpu_isa_avx512_core_vnni, "avx512_core_vnni"},
        {dnnl_cpu_isa_avx512_core_bf16, "avx512_core_bf16"},
        {dnnl_cpu_isa_avx512_core_amx, "avx512_core_amx"},
#if DNNL_VERSION_MAJOR >= 3
        {dnnl_cpu_isa_avx2_vnni_2, "avx2_vnni_2"},
        {dnnl_cpu_isa_avx512_core_fp16, "avx512_core_fp16"},
        {dnnl_cpu_isa_avx512_core_amx_fp16, "avx512_core_amx_fp16"},
#endif
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].isa == isa) {
            return rows[i].name;
        }
    }
    return NULL;
}

/* Instruction sets are sets of bits: a larger one holds those of what it can do. */
static bool has_isa(unsigned wanted)
{
    return ((unsigned)dnnl_get_effective_cpu_isa() & wanted) == wanted;
}

bool gan_onednn_has_avx2(void)
{
    return has_isa(dnnl_cpu_isa_avx2);
}

bool gan_onednn_has_avx512(void)
{
    return has_isa(dnnl_cpu_isa_avx512_core);
}

bool gan_onednn_has_bf16(void)
{
    return has_isa(dnnl_cpu_isa_avx512_core_bf16);
}

bool gan_onednn_has_amx(void)
{
    return has_isa(dnnl_cpu_isa_avx512_core_amx);
}

void gan_onednn_describe(char *text, size_t size)
{
    const dnnl_version_t *version = dnnl_version();
    dnnl_cpu_isa_t isa = dnnl_get_effective_cpu_isa();
    const char *name = isa_name(isa);
    int used =
        snprintf(text, size, "oneDNN %d.%d.%d ", version->major, version->minor, version->patch);
    if (used > 0 && (size_t)used < size) {
        if (name) {
            snprintf(text + used, size - (size_t)used, "%s", name);
        } else {
            snprintf(text + used, size - (size_t)used, "isa 0x%x", (unsigned)isa);
        }
    }
}
