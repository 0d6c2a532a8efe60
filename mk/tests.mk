# tests.mk — unit and op tests are one program a file; the others are scripts.

TEST_SRC := $(wildcard tests/unit/test_*.c) $(wildcard tests/ops/test_*.c)
TEST_SHARED_SRC := $(filter-out $(TEST_SRC),$(wildcard tests/unit/*.c) $(wildcard tests/ops/*.c))
TEST_BIN := $(TEST_SRC:%.c=$(BUILD)/%)
TEST_SHARED_OBJ := $(TEST_SHARED_SRC:%.c=$(BUILD)/%.o)

$(BUILD)/tests/%: CPPFLAGS += -Itests
$(TEST_BIN): $(BUILD)/%: $(BUILD)/%.o $(TEST_SHARED_OBJ) $(BUILD)/libgan.a
	$(if $(Q),@echo "  LINK  $@")
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

.PHONY: check check-unit asan ubsan
check: all $(TEST_BIN) ## every test that this machine can run
	$(Q)BUILD=$(BUILD) sh tests/run.sh

check-unit: $(TEST_BIN) ## the unit and op tests alone
	$(Q)BUILD=$(BUILD) sh tests/run.sh unit

asan: ## the tests under AddressSanitizer and UndefinedBehaviorSanitizer
	$(Q)$(MAKE) --no-print-directory BUILD=build/asan OPT='-O1 -g -fno-omit-frame-pointer' \
	    SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=undefined' check-unit

-include $(TEST_SRC:%.c=$(BUILD)/%.d) $(TEST_SHARED_SRC:%.c=$(BUILD)/%.d)
.SECONDARY: $(TEST_SRC:%.c=$(BUILD)/%.o)
