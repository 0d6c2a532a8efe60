/* gan.h — all of gan.c's public API. */
#ifndef GAN_GAN_H
#define GAN_GAN_H

#include "gan/array.h"
#include "gan/bench.h"
#include "gan/cost.h"
#include "gan/data.h"
#include "gan/doctor.h"
#include "gan/eval.h"
#include "gan/exchange.h"
#include "gan/image.h"
#include "gan/listener.h"
#include "gan/metrics.h"
#include "gan/net.h"
#include "gan/options.h"
#include "gan/plan.h"
#include "gan/pulse.h"
#include "gan/rate.h"
#include "gan/report.h"
#include "gan/sample.h"
#include "gan/session.h"
#include "gan/status.h"
#include "gan/train.h"
#include "gan/verify.h"
#include "gan/version.h"

#endif
