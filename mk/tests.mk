# tests.mk — unit and op tests are one program a file; the others are scripts.

TEST_SRC := $(wildcard tests/unit/test_*.c) $(wildcard tests/ops/test_*.c)
TEST_SHARED_SRC := $(filter-out $(TEST_SRC),$(wildcard tests/unit/*.c) $(wildcard tests/ops/*.c))
TEST_BIN := $(TEST_SRC:%.c=$(BUILD)/%)
TEST_SHARED_OBJ := $(TEST_SHARED_SRC:%.c=$(BUILD)/%.o)

$(BUILD)/tests/%: private CPPFLAGS += -Itests
$(TEST_BIN): $(BUILD)/%: $(BUILD)/%.o $(TEST_SHARED_OBJ) $(BUILD)/libgan.a
	$(if $(Q),@echo "  LINK  $@")
	$(Q)$(CC) $(LDFLAGS) -Wl,--wrap=gan_aligned_alloc -o $@ $^ $(LDLIBS) -lcmocka

# What the scripts of tests/cli load into the program, or run beside it.
CLI_TEST_BIN := $(addprefix $(BUILD)/tests/cli/,kill_at.so fail_at.so few_threads.so new_fails.so stuck_at.so random_net pictures \
    tune_all read_events)
$(filter %.so,$(CLI_TEST_BIN)): $(BUILD)/%.so: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(if $(Q),@echo "  LINK  $@")
	$(Q)$(CC) $(filter-out $(SANITIZE) -fvisibility=hidden,$(CFLAGS)) -fPIC -shared -o $@ $<
$(BUILD)/tests/cli/random_net: $(BUILD)/tests/unit/random_net.o
$(BUILD)/tests/cli/read_events: $(BUILD)/tests/unit/events_reader.o
$(BUILD)/tests/cli/pictures: $(addprefix $(BUILD)/tests/unit/data_,pictures.o files.o)
$(filter-out %.so,$(CLI_TEST_BIN)): %: %.o $(BUILD)/libgan.a
	$(if $(Q),@echo "  LINK  $@")
	$(Q)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS) -lcmocka

.PHONY: check check-unit check-long check-onednn check-bytes asan ubsan
check: all shared $(TEST_BIN) $(CLI_TEST_BIN) $(EXCHANGE_WITNESS) ## every test that this machine can run
	$(Q)BUILD=$(BUILD) sh tests/run.sh

check-unit: $(TEST_BIN) ## the unit and op tests alone
	$(Q)BUILD=$(BUILD) sh tests/run.sh unit

ROUNDS ?= 40
check-long: $(BUILD)/tests/ops/test_language ## thousands of networks of the whole language, other ones each day (ROUNDS=N, SEED=N)
	$(Q)GAN_TEST_ROUNDS=$(ROUNDS) GAN_TEST_SEED=$${SEED:-$$(date +%j)} $<

SWEEP ?= 3000
check-onednn: $(BUILD)/tests/ops/test_onednn_faults ## oneDNN alone, thousands of drawn cases (SWEEP=N)
	$(Q)$< --sweep $(SWEEP)

check-bytes: all ## whether an older build trains to the same bytes: OLD=its program
	$(Q)python3 tests/bytes/compare.py $(or $(OLD),$(error OLD=PROGRAM is wanted)) $(BUILD)/gan $(BYTES)

asan: ## the tests under AddressSanitizer and UndefinedBehaviorSanitizer
	$(Q)$(MAKE) --no-print-directory BUILD=build/asan OPT='-O1 -g -fno-omit-frame-pointer' \
	    SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=undefined' check-unit

# Quicker than `make asan`, for what addresses have no part in: overflows, shifts, casts, alignment.
ubsan: ## the tests under UndefinedBehaviorSanitizer alone
	$(Q)$(MAKE) --no-print-directory BUILD=build/ubsan OPT='-O1 -g' \
	    SANITIZE='-fsanitize=undefined -fno-sanitize-recover=undefined' check-unit

-include $(TEST_SRC:%.c=$(BUILD)/%.d) $(TEST_SHARED_SRC:%.c=$(BUILD)/%.d)
-include $(CLI_TEST_BIN:%=%.d)
.SECONDARY: $(TEST_SRC:%.c=$(BUILD)/%.o)
