# aarch64.mk — the program for aarch64 (Grace-Hopper machines are), built by a cross compiler with Debian's
# libraries of that architecture (mk/aarch64.sh), and run under qemu's user mode.

AARCH64 := build/aarch64
AARCH64_CC ?= aarch64-linux-gnu-gcc
AARCH64_ROOT := $(abspath $(AARCH64))/packages/root
# Op tests that take seconds under qemu, at a tenth of the speed; convolutions are in the traces.
AARCH64_OPS := adam add ema floats gather gather_labels guard loss matmul noise norm report row_dot scale_rows \
    sigmoid stat_update tanh
QEMU := $(firstword $(shell command -v qemu-aarch64 2>/dev/null) $(shell command -v qemu-aarch64-static 2>/dev/null))
AARCH64_LACKS := $(strip $(if $(shell command -v $(lastword $(filter %gcc %clang,$(AARCH64_CC))) 2>/dev/null),,$(AARCH64_CC)) \
    $(if $(QEMU),,qemu-aarch64))

.PHONY: check-aarch64 check-aarch64-built
ifeq ($(AARCH64_LACKS),)
check-aarch64: ## op tests and traces of the program for aarch64, under qemu
	$(Q)sh mk/aarch64.sh $(AARCH64)/packages
	+$(Q)PKG_CONFIG_SYSROOT_DIR=$(AARCH64_ROOT) \
	    PKG_CONFIG_LIBDIR=$(AARCH64_ROOT)/usr/lib/aarch64-linux-gnu/pkgconfig:$(AARCH64_ROOT)/usr/share/pkgconfig \
	    $(MAKE) --no-print-directory BUILD=$(AARCH64)/build CUDA=0 WITHOUT='webp tiff archive hdf5' CC='$(AARCH64_CC) --sysroot=$(AARCH64_ROOT)' \
	    check-aarch64-built
else
check-aarch64:
	@echo "skipped check-aarch64: no $(AARCH64_LACKS) (sh mk/deps.sh ci)"
	@$(if $(CI),exit 1)
endif
check-aarch64-built: $(BUILD)/gan $(AARCH64_OPS:%=$(BUILD)/tests/ops/test_%)
	$(Q)QEMU='$(QEMU) -L $(AARCH64_ROOT)' BUILD=$(BUILD) sh tests/aarch64/run.sh $(AARCH64_OPS)
