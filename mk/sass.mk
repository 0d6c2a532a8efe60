# sass.mk — the kernels' machine code, read with no GPU: registers, spills, 128-bit accesses, occupancy
# per kernel and architecture, held against tests/sass/budget.txt.
#
#   CUOBJDUMP=FILE    NVIDIA's disassembler, with nvdisasm beside it or on the path

CUOBJDUMP := $(firstword $(wildcard $(CUDA_HOME)/bin/cuobjdump build/cuobjdump/bin/cuobjdump) \
    $(shell command -v cuobjdump 2>/dev/null))
SASS_LACKS := $(strip $(if $(HAS_CUDA),,CUDA) $(if $(CUOBJDUMP),,cuobjdump))

.PHONY: sass sass-budget check-sass
check: check-sass
ifeq ($(SASS_LACKS),)
NVCC_VERSION := $(shell $(NVCC) --version | sed -n 's/.*, V\([0-9.]*\)$$/\1/p')
SASS_FACTS := $(KERNEL_SRC:kernels/%.cu=$(BUILD)/sass/%.tsv)
SASS_CHECK := python3 tests/sass/check.py --nvcc $(NVCC_VERSION) --csv $(BUILD)/sass/sass.csv

$(BUILD)/sass/%.tsv: $(BUILD)/pic/kernels/%.o tests/sass/read.py tests/sass/facts.py
	@mkdir -p $(@D)
	$(if $(Q),@echo "  SASS  $<")
	$(Q)python3 tests/sass/read.py $(CUOBJDUMP) $< > $@.part && mv $@.part $@

sass: $(SASS_FACTS) ## a table of the kernels: registers, spills, 128-bit accesses, occupancy
	$(Q)$(SASS_CHECK) --table $^
sass-budget: $(SASS_FACTS) ## make what nvcc gives now the budget
	$(Q)$(SASS_CHECK) --rewrite $^
check-sass: $(SASS_FACTS)
	$(Q)python3 tests/sass/test_check.py $(CUDA_HOME)/include
	$(Q)$(SASS_CHECK) $^
else
# Where everything must be checked, a toolkit without its disassembler is a failure.
sass sass-budget check-sass:
	@echo "skipped sass: no $(SASS_LACKS)$(if $(CUOBJDUMP),, (sh mk/cuobjdump.sh build/cuobjdump fetches it))"
	@$(if $(and $(CI),$(HAS_CUDA)),exit 1)
endif
