# gan.c — `make help` lists what can be asked for. Parts: mk/*.mk, each with its purpose.
#
#   V=1            show the commands            BUILD=DIR      build somewhere else
#   CC=clang       another compiler             WERROR=1       warnings are errors
#   DNNL=DIR       a oneDNN installed in DIR (include/, lib/); otherwise the system's
#   CUDA=auto|1|0  the CUDA plugin: for the GPUs that are here, always, never; mk/cuda.mk has more
#   CUDA_ARCH=all  for every GPU

BUILD ?= build/release
PREFIX ?= /usr/local
V ?= 0
Q := $(if $(filter 1,$(V)),,@)

.DEFAULT_GOAL := all

include mk/flags.mk
include mk/build.mk
include mk/cuda.mk
include mk/sim.mk
include mk/sass.mk
include mk/exchange.mk
include mk/tests.mk
include mk/lint.mk
include mk/aarch64.mk
include mk/install.mk
include mk/docs.mk
include mk/wheel.mk
include mk/tarball.mk
include mk/kit.mk
include mk/demo.mk
include mk/golden.mk
include mk/record.mk
include mk/features.mk
include mk/eval.mk
include mk/tensorboard.mk
include mk/fuzz.mk
include mk/bench.mk

.PHONY: all help clean
all: $(BUILD)/gan $(PLUGIN) ## build library, program and, for GPUs that are here, the plugin
	$(Q)ln -sfn $(BUILD)/gan gan
	@echo "built $(BUILD)/gan and $(BUILD)/libgan.a with $(CC_NAME), $(DNNL_NAME);" \
	    "$(CUDA_NAME)$(OPTIONAL_NAME)"

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | \
	    awk -F':.*## ' '{printf "  %-20s %s\n", $$1, $$2}'

clean: ## remove everything that was built
	$(Q)rm -rf build gan
