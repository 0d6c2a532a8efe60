/* reference_case.c — operands of the reference over arrays of a test, and exact comparison. */
#include "ops/reference_case.h"

#include <math.h>

#include "ops/op_case.h"

void reference_compute(gan_op_kind kind, const gan_attr *attr, const gan_reference_tensor *in,
                       const gan_reference_tensor *out)
{
    gan_error err = {0};
    assert_int_equal(gan_reference_compute(kind, attr, in, out, &err), GAN_OK);
}

void reference_check(const char *what, const double *got, const double *want, int64_t n,
                     double error)
{
    for (int64_t i = 0; i < n; i++) {
        const bool nan = isnan(want[i]) && isnan(got[i]);
        const bool equal = got[i] == want[i] && !signbit(got[i]) == !signbit(want[i]);
        const bool close = error > 0.0 && fabs(got[i] - want[i]) <= error * 0x1p-52 * fabs(want[i]);
        if (!nan && !equal && !close) {
            fail_msg("%s, element %lld: got %.17g, want %.17g", what, (long long)i, got[i],
                     want[i]);
        }
    }
}
