# sim.mk — the simulated device: src/cuda and kernels compiled for this machine against tests/sim, a
# strict stand-in for CUDA's runtime, cuBLAS and cuDNN. It needs NVIDIA's headers, nothing that runs.
#
#   gan-cuda-sim.so   a plugin like gan-cuda.so: GAN_CUDA_PLUGIN=build/release/gan-cuda-sim.so gan ...

SIM_HEADERS := $(wildcard $(CUDA_HOME)/include/cuda_fp16.h) $(wildcard $(CUDA_HOME)/include/cublas_v2.h) \
    $(wildcard $(CUDNN_HOME)/include/cudnn_graph.h)
HAS_SIM := $(if $(filter 0,$(CUDA))$(CUDNN_TOO_OLD),,$(if $(word 3,$(SIM_HEADERS)),1))
SIM_NAME := $(if $(HAS_SIM),simulated device,no simulated device (headers of CUDA and cuDNN 9.8 or newer not found))

ifeq ($(HAS_SIM),1)
SIM_SRC := $(wildcard tests/sim/*.cc)
SIM_PLUGIN_SRC := $(wildcard src/cuda/*.c) $(wildcard src/base/*.c) $(wildcard src/program/*.c) src/net/network.c
SIM_KERNEL_SRC := $(wildcard kernels/*.cu)
SIM_OBJ := $(SIM_SRC:%.cc=$(BUILD)/sim/%.o)
SIM_KERNEL_OBJ := $(SIM_KERNEL_SRC:%.cu=$(BUILD)/sim/%.o)
SIM_PLUGIN_OBJ := $(SIM_PLUGIN_SRC:%.c=$(BUILD)/sim/%.o)

SIM_CPPFLAGS := -DGAN_SIM -I. -Itests $(CPPFLAGS) -isystem $(CUDA_HOME)/include \
    -isystem $(CUDNN_HOME)/include
SIM_CXXFLAGS := -std=c++17 $(OPT) -Wall -Wextra -Wpedantic -Wshadow -Wconversion \
    $(if $(filter 1,$(WERROR)),-Werror) -fPIC -fvisibility=hidden -fno-strict-aliasing
# The stand-in tells sanitizers what it does (fibers, red zones); it is not looked at itself.
SIM_TOLD := $(if $(findstring thread,$(SANITIZE)),-DGAN_SIM_TSAN) \
    $(if $(findstring address,$(SANITIZE)),-DGAN_SIM_ASAN)

$(BUILD)/sim-flags: FORCE
	+@mkdir -p $(@D)
	+@echo '$(CXX) $(SIM_CPPFLAGS) $(SIM_CXXFLAGS) $(SANITIZE) $(CFLAGS)' | cmp -s - $@ || \
	 echo '$(CXX) $(SIM_CPPFLAGS) $(SIM_CXXFLAGS) $(SANITIZE) $(CFLAGS)' > $@

$(BUILD)/sim/%.o: %.cc $(BUILD)/sim-flags
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CXX   $<")
	$(Q)$(CXX) $(SIM_CPPFLAGS) $(SIM_CXXFLAGS) $(SIM_TOLD) -MMD -MP -c -o $@ $<

$(BUILD)/sim/%.o: %.cu $(BUILD)/sim-flags
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CXX   $<")
	$(Q)$(CXX) $(SIM_CPPFLAGS) $(SIM_CXXFLAGS) $(SANITIZE) -MMD -MP -x c++ -c -o $@ $<

$(BUILD)/sim/%.o: %.c $(BUILD)/sim-flags
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC    $< (simulated)")
	$(Q)$(CC) $(SIM_CPPFLAGS) $(CFLAGS) -fPIC -MMD -MP -c -o $@ $<

$(BUILD)/gan-cuda-sim.so: $(SIM_PLUGIN_OBJ) $(SIM_KERNEL_OBJ) $(SIM_OBJ)
	$(if $(Q),@echo "  LINK  $@")
	$(Q)$(CXX) -shared $(SANITIZE) -Wl,-Bsymbolic $(if $(SANITIZE),,-Wl,-z,defs) -o $@ $^ \
	    $(filter -lyaml% -ljansson,$(LDLIBS)) -ldl -lpthread -lm

# All planted defects in one program.
SIM_DEFECTS := $(wildcard tests/sim/defects/*.cu)
$(BUILD)/sim/defects.cc: $(SIM_DEFECTS) tests/sim/defects/collect.sh
	@mkdir -p $(@D)
	$(Q)sh tests/sim/defects/collect.sh > $@

$(BUILD)/sim/defects.o: $(BUILD)/sim/defects.cc $(BUILD)/sim-flags
	$(if $(Q),@echo "  CXX   $<")
	$(Q)$(CXX) $(SIM_CPPFLAGS) $(filter-out -O%,$(SIM_CXXFLAGS)) -O1 $(SANITIZE) -MMD -MP -c -o $@ $<

$(BUILD)/sim/defects: $(BUILD)/sim/defects.o $(SIM_PLUGIN_OBJ) $(SIM_KERNEL_OBJ) $(SIM_OBJ)
	$(if $(Q),@echo "  LINK  $@")
	$(Q)$(CXX) $(SANITIZE) -o $@ $^ $(filter -lyaml% -ljansson,$(LDLIBS)) -ldl -lpthread -lm

-include $(BUILD)/sim/defects.d
-include $(SIM_OBJ:.o=.d) $(SIM_KERNEL_OBJ:.o=.d) $(SIM_PLUGIN_OBJ:.o=.d)
SIM_PLUGIN := $(BUILD)/gan-cuda-sim.so
SIM_PARTS := $(SIM_PLUGIN) $(BUILD)/sim/defects $(BUILD)/gan $(TEST_CUDA_BIN) \
    $(patsubst %.c,$(BUILD)/%,$(wildcard tests/ops/test_*.c))
endif

# Three builds of one source. Plain: everything. ThreadSanitizer: races between threads, blocks and
# streams. AddressSanitizer and UndefinedBehaviorSanitizer: bounds and alignment, and what src/cuda
# itself does; in the folder of `make asan`, whose flags these are. tests/sim/run.sh says what each runs.
SIM_TSAN := BUILD=build/tsan OPT='-O1 -g' SANITIZE=-fsanitize=thread
SIM_ASAN := BUILD=build/asan OPT='-O1 -g -fno-omit-frame-pointer' \
    SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=undefined'

.PHONY: check-sim check-sim-sanitized check-sim-plain check-sim-tsan check-sim-asan \
    sanitized-tsan sanitized-asan
check: check-sim-plain
check-sim: check-sim-plain check-sim-sanitized ## the CUDA backend on a simulated device: plain, and under the sanitizers
ifeq ($(HAS_SIM),1)
check-sim-sanitized: sanitized-tsan sanitized-asan
sanitized-tsan:
	$(Q)$(MAKE) --no-print-directory $(SIM_TSAN) check-sim-tsan
sanitized-asan:
	$(Q)$(MAKE) --no-print-directory $(SIM_ASAN) check-sim-asan
check-sim-plain check-sim-tsan check-sim-asan: check-sim-%: $(SIM_PARTS)
	$(Q)BUILD=$(BUILD) sh tests/sim/run.sh $*
else
check-sim-plain check-sim-sanitized check-sim-tsan check-sim-asan sanitized-tsan sanitized-asan:
	@echo "skipped $@: $(SIM_NAME)"
endif
