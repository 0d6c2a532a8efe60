# cuda.mk — the CUDA backend: gan-cuda.so, a plugin that the program loads when a GPU is asked for, so
# that a binary built with CUDA starts on a machine that has neither a driver nor CUDA's libraries.
#
#   CUDA=auto|1|0     auto: built for the GPUs that are here, when nvcc and cuDNN are found; 1: nvcc and
#                     cuDNN must be there, and where there is no GPU it is built for all; 0: not built
#   CUDA_HOME=DIR     the toolkit: bin/nvcc, include, lib64 or lib (an unpacked wheel has lib)
#   CUDNN_HOME=DIR    cuDNN, if it is not in the toolkit's folder or the system's
#   Out of wheels (mk/wheels.sh DIR): CUDA_HOME=DIR/toolkit, CUDNN_HOME=DIR/cudnn
#   CUDA_ARCH="75 90" compute capabilities to build for, whatever is here; 80, or the first one, also as PTX.
#                     all: those that gan.c knows, what a package wants, and the tests

CUDA ?= auto
NVCC_FOUND := $(firstword $(wildcard $(CUDA_HOME)/bin/nvcc) $(shell command -v nvcc 2>/dev/null) \
                $(wildcard /usr/local/cuda/bin/nvcc))
CUDA_HOME ?= $(patsubst %/bin/nvcc,%,$(NVCC_FOUND))
CUDNN_HOME ?= $(firstword $(patsubst %/include/cudnn.h,%,$(wildcard $(CUDA_HOME)/include/cudnn.h \
                /usr/include/cudnn.h /usr/local/include/cudnn.h)))
# NVIDIA's packages have lib64, its wheels lib, Debian's nvidia-cuda-toolkit (CUDA_HOME=/usr) lib/TRIPLET.
CUDA_LIBDIR := $(patsubst %/,%,$(dir $(firstword $(wildcard $(CUDA_HOME)/lib64/libcublas.so.* \
                $(CUDA_HOME)/lib/libcublas.so.* $(CUDA_HOME)/lib/*-linux-gnu/libcublas.so.*))))
CUDNN_LIBDIR := $(patsubst %/,%,$(dir $(firstword $(wildcard $(CUDNN_HOME)/lib/libcudnn.so.9 \
                $(CUDNN_HOME)/lib64/libcudnn.so.9 $(CUDNN_HOME)/lib/*-linux-gnu/libcudnn.so.9 \
                $(CUDA_LIBDIR)/libcudnn.so.9))))

# Devices that are not there are described to cuDNN since 9.8.
CUDNN_TOO_OLD := $(if $(CUDNN_HOME),$(shell grep -qs CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR \
                   $(CUDNN_HOME)/include/cudnn_graph.h || echo cuDNN 9.8 or newer))

# What is missing, in words; empty when all is there.
CUDA_LACKS := $(strip $(if $(NVCC_FOUND),,nvcc) $(if $(CUDNN_HOME),$(CUDNN_TOO_OLD),cudnn.h) \
                $(if $(CUDNN_LIBDIR),,libcudnn.so.9) \
                $(if $(CUDA_LIBDIR),,libcublas))
HAS_CUDA := $(if $(filter 0,$(CUDA)),,$(if $(CUDA_LACKS),,1))
ifeq ($(CUDA),1)
ifneq ($(CUDA_LACKS),)
$(error CUDA=1, but there is no $(CUDA_LACKS). Install the toolkit and cuDNN (apt: cuda-toolkit-13-0 \
cudnn9-cuda-13) or say where they are by CUDA_HOME and CUDNN_HOME)
endif
endif
CUDA_NAME := $(if $(filter 0,$(CUDA)),no CUDA (CUDA=0),no CUDA ($(CUDA_LACKS) not found))

ifeq ($(HAS_CUDA),1)
NVCC := $(NVCC_FOUND)
CUDA_VERSION := $(shell $(NVCC) --version | sed -n 's/.*release \([0-9.]*\),.*/\1/p')
CUDA_MAJOR := $(firstword $(subst ., ,$(CUDA_VERSION)))
CUDNN_VERSION := $(shell sed -n 's/^\#define CUDNN_\(MAJOR\|MINOR\) \([0-9]*\)$$/\2/p' \
                   $(firstword $(wildcard $(CUDNN_HOME)/include/cudnn_version.h \
                   $(CUDNN_HOME)/include/cudnn_version_v9.h)) | paste -sd.)
NVCC_ARCH := $(patsubst compute_%,%,$(shell $(NVCC) --list-gpu-arch))
# Of the capabilities that gan.c knows, those that this nvcc does.
ALL_ARCH := $(filter $(NVCC_ARCH),70 75 80 86 89 90 100 110 120)

# What to build for, when nobody says: for tests all; else what was built here before, where that serves
# the GPUs that are here; else these GPUs. One that this nvcc does not know runs the PTX.
WITH_PLUGIN := cuda check-gpu-built
ifneq ($(CUDA_ARCH),)
ARCHS := $(if $(filter all,$(CUDA_ARCH)),$(ALL_ARCH),$(CUDA_ARCH))
else ifneq ($(filter check check-plan check-sass sass sass-budget,$(MAKECMDGOALS)),)
ARCHS := $(ALL_ARCH)
else
HERE_ARCH := $(shell sh mk/gpus.sh '$(CUDA_HOME)')
BUILT_ARCH := $(shell cat $(BUILD)/cuda-arch 2>/dev/null)
ARCHS := $(or $(if $(filter-out $(BUILT_ARCH),$(HERE_ARCH)),,$(BUILT_ARCH)), \
    $(if $(filter-out $(NVCC_ARCH),$(HERE_ARCH)),$(ALL_ARCH),$(HERE_ARCH)), \
    $(if $(filter 1,$(CUDA))$(filter $(WITH_PLUGIN),$(MAKECMDGOALS)),$(ALL_ARCH)))
endif
ARCHS := $(strip $(ARCHS))
# Newer GPUs compile PTX when they load it, and take that of any older capability: of 8.0, the first
# with bf16, where what comes before it has machine code; else of the oldest.
PTX_ARCH := $(firstword $(filter 80,$(ARCHS)) $(ARCHS))
CUDA_NAME := CUDA $(CUDA_VERSION), cuDNN $(CUDNN_VERSION), $(if $(ARCHS),sm $(ARCHS),but no GPU: no plugin (make CUDA=1 \
    builds one for all))

CUDA_SRC := $(wildcard src/cuda/*.c)
KERNEL_SRC := $(wildcard kernels/*.cu)
PIC_SRC := $(wildcard src/base/*.c) $(wildcard src/program/*.c) src/net/network.c
CUDA_OBJ := $(CUDA_SRC:%.c=$(BUILD)/pic/%.o)
KERNEL_OBJ := $(KERNEL_SRC:%.cu=$(BUILD)/pic/%.o)
PIC_OBJ := $(PIC_SRC:%.c=$(BUILD)/pic/%.o)

CUDA_CPPFLAGS := $(CPPFLAGS) -I. -isystem $(CUDA_HOME)/include -isystem $(CUDNN_HOME)/include
NVCCFLAGS := -std=c++17 -O3 -lineinfo -I. -Iinclude -Isrc \
    -Xcompiler -fPIC,-fvisibility=hidden,-Wall,-Wextra $(if $(filter 1,$(WERROR)),-Werror all-warnings) \
    $(foreach a,$(ARCHS),-gencode arch=compute_$(a),code=sm_$(a)) \
    -gencode arch=compute_$(PTX_ARCH),code=compute_$(PTX_ARCH)
# libcudnn.so.9 ends the process when it finds no libcudnn_graph: needed by name, the loader misses it.
CUDA_LDLIBS := $(CUDNN_LIBDIR)/libcudnn.so.9 -Wl,--no-as-needed $(CUDNN_LIBDIR)/libcudnn_graph.so.9 \
    -Wl,--as-needed $(CUDA_LIBDIR)/libcublas.so.$(CUDA_MAJOR) \
    $(CUDA_LIBDIR)/libcudart_static.a -ldl -lrt -lpthread -lm
CUDA_RPATH := -Wl,-rpath,$(abspath $(CUDA_LIBDIR)) -Wl,-rpath,$(abspath $(CUDNN_LIBDIR))

$(BUILD)/cuda-flags: FORCE
	+@mkdir -p $(@D)
	+@echo '$(NVCC) $(NVCCFLAGS) $(CUDA_CPPFLAGS) $(CFLAGS)' | cmp -s - $@ || \
	 echo '$(NVCC) $(NVCCFLAGS) $(CUDA_CPPFLAGS) $(CFLAGS)' > $@

$(BUILD)/pic/%.o: %.c $(BUILD)/cuda-flags
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC    $< (plugin)")
	$(Q)$(CC) $(CUDA_CPPFLAGS) $(CFLAGS) -fPIC -MMD -MP -c -o $@ $<

$(BUILD)/pic/%.o: %.cu $(BUILD)/cuda-flags
	@mkdir -p $(@D)
	$(if $(Q),@echo "  NVCC  $<")
	$(Q)$(NVCC) $(NVCCFLAGS) -MMD -MP -MF $(@:.o=.d) -c -o $@ $<

$(BUILD)/pic/libgan-pic.a: $(PIC_OBJ)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/gan-cuda.so: $(CUDA_OBJ) $(KERNEL_OBJ) $(BUILD)/pic/libgan-pic.a
	$(if $(Q),@echo "  LINK  $@")
	$(Q)$(CXX) -shared $(SANITIZE) -Wl,-z,defs -Wl,--exclude-libs,ALL -Wl,--as-needed $(CUDA_RPATH) -o $@ \
	    $^ $(CUDA_LDLIBS) $(filter -lyaml% -ljansson,$(LDLIBS))
	@echo '$(ARCHS)' > $(BUILD)/cuda-arch

# The loader takes a library by the name that it has inside.
$(BUILD)/gan-cuda-absent.so: src/cuda/absent/libcuda.c $(BUILD)/cuda-flags
	$(if $(Q),@echo "  LINK  $@")
	$(Q)$(CC) $(filter-out $(SANITIZE),$(CFLAGS)) -fPIC -shared -Wl,-soname,libcuda.so.1 -o $@ $<

-include $(CUDA_OBJ:.o=.d) $(KERNEL_OBJ:.o=.d) $(PIC_OBJ:.o=.d)
PLUGIN := $(if $(ARCHS),$(BUILD)/gan-cuda.so $(BUILD)/gan-cuda-absent.so)
CUDA_STUB := $(firstword $(wildcard $(CUDA_LIBDIR)/stubs/libcuda.so))

# Tests of how src/cuda chooses: with the real cuDNN, and no device.
$(BUILD)/tests/plan/test_rules: tests/plan/test_rules.c $(CUDA_OBJ) $(KERNEL_OBJ) \
    $(BUILD)/pic/libgan-pic.a $(BUILD)/libgan.a
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC    $<")
	$(Q)$(CC) $(CUDA_CPPFLAGS) -Itests $(CFLAGS) $(LDFLAGS) $(CUDA_RPATH) -o $@ $^ $(CUDA_LDLIBS) \
	    $(LDLIBS) -lcmocka -lstdc++
$(BUILD)/tests/gpu/device_facts: tests/gpu/device_facts.c
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC    $<")
	$(Q)$(CC) $(CUDA_CPPFLAGS) $(CFLAGS) $(CUDA_RPATH) -o $@ $< $(CUDA_LDLIBS) -lstdc++
TEST_PLAN_CUDA := $(BUILD)/tests/plan/test_plan_nets $(BUILD)/tests/plan/test_rules
endif

$(BUILD)/tests/plan/fake_plugin.so: tests/plan/fake_plugin.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC    $<")
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -fvisibility=default -fPIC -shared -o $@ $<

$(BUILD)/tests/plan/driver/libcuda.so.1: tests/plan/fake_driver.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC    $<")
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -fvisibility=default -fPIC -shared -o $@ $<

$(BUILD)/tests/plan/test_%: tests/plan/test_%.c $(BUILD)/libgan.a
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC    $<")
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -ldl -lcmocka

# Tests of the backend as a whole, on whatever device GAN_CUDA_PLUGIN is of.
TEST_CUDA_SRC := $(wildcard tests/cuda/test_*.c)
TEST_CUDA_BIN := $(TEST_CUDA_SRC:%.c=$(BUILD)/%)
$(TEST_CUDA_BIN): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/tests/cuda/cuda_rig.o $(BUILD)/libgan.a
	$(if $(Q),@echo "  LINK  $@")
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -ldl -lcmocka
-include $(TEST_CUDA_SRC:%.c=$(BUILD)/%.d)

.PHONY: cuda check-plan check-gpu check-gpu-built
check: check-plan
cuda: $(PLUGIN) ## the CUDA plugin alone, if there is what it needs
	@echo "$(CUDA_NAME)"

PLAN_PARTS := $(addprefix $(BUILD)/tests/plan/,test_report fake_plugin.so driver/libcuda.so.1) $(TEST_PLAN_CUDA)
check-plan: $(PLUGIN) $(PLAN_PARTS) ## every convolution of every net planned for every GPU, by the real cuDNN
	$(Q)BUILD=$(BUILD) CUDA_STUB=$(CUDA_STUB) CUDA_NAME='$(CUDA_NAME)' sh tests/plan/run.sh

GPU_PARTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/ops/test_*.c)) $(TEST_CUDA_BIN) \
    $(if $(HAS_CUDA),$(BUILD)/tests/gpu/device_facts)
check-gpu: ## on a machine with a GPU: install what is missing, tests, traces, bench, sanitizers, one report
	+$(Q)MAKE='$(MAKE)' sh tests/gpu/begin.sh '$(CUDA_LACKS)'
check-gpu-built: all $(GPU_PARTS)
	$(Q)BUILD=$(BUILD) CUDA_HOME=$(CUDA_HOME) sh tests/gpu/check.sh
