# fuzz.mk — readers of files, given what people and disks do to files.
#   make fuzz                                the saved corpora, with any compiler
#   make fuzz-hunt CC=clang HUNT=NAME        libFuzzer on tests/fuzz/fuzz_NAME.c for HUNT_SECONDS

HUNT_SECONDS ?= 60
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_BIN := $(FUZZ_SRC:%.c=$(BUILD)/%)

$(FUZZ_BIN): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/tests/fuzz/replay.o $(BUILD)/libgan.a
	$(if $(Q),@echo "  LINK  $@")
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

.PHONY: fuzz fuzz-hunt
fuzz: $(FUZZ_BIN) ## replay the saved corpora of tests/fuzz
	$(Q)for f in $(FUZZ_BIN); do \
	    name=$${f##*/fuzz_}; "$$f" tests/fuzz/corpus/$$name 2> $(BUILD)/tests/fuzz/$$name.txt || \
	    { cat $(BUILD)/tests/fuzz/$$name.txt; echo "FAILED  fuzz_$$name"; exit 1; }; \
	    echo "ok      fuzz_$$name ($$(wc -l < $(BUILD)/tests/fuzz/$$name.txt) files)"; \
	done

# A folder of its own: everything is instrumented. New inputs stay in it.
fuzz-hunt: ## search for new failures: CC=clang HUNT=NAME HUNT_SECONDS=60
	$(Q)$(MAKE) --no-print-directory BUILD=build/fuzz OPT='-O1 -g -fno-omit-frame-pointer' \
	    SANITIZE='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined' \
	    build/fuzz/libgan.a build/fuzz/tests/fuzz/fuzz_$(HUNT).o
	$(Q)mkdir -p build/fuzz/corpus/$(HUNT)
	$(Q)$(CC) -fopenmp -fsanitize=fuzzer,address,undefined -o build/fuzz/hunt_$(HUNT) \
	    build/fuzz/tests/fuzz/fuzz_$(HUNT).o build/fuzz/libgan.a $(LDLIBS)
	$(Q)build/fuzz/hunt_$(HUNT) -max_total_time=$(HUNT_SECONDS) -timeout=5 \
	    build/fuzz/corpus/$(HUNT) tests/fuzz/corpus/$(HUNT)

-include $(FUZZ_SRC:%.c=$(BUILD)/%.d) $(BUILD)/tests/fuzz/replay.d
