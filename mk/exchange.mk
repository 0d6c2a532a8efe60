# exchange.mk — exports beside the real tools: the same z, the same picture.

EXCHANGE_PYTHON := build/exchange/venv/bin/python

EXCHANGE_WITNESS := $(BUILD)/tests/exchange/witness
$(EXCHANGE_WITNESS): $(BUILD)/tests/exchange/witness.o $(BUILD)/libgan.a
	$(if $(Q),@echo "  LINK  $@")
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(EXCHANGE_PYTHON): tests/exchange/requirements.txt
	$(Q)python3 -m venv build/exchange/venv
	$(Q)build/exchange/venv/bin/pip install --quiet -r $<
	$(Q)touch $@

.PHONY: check-exchange
check-exchange: all $(EXCHANGE_WITNESS) $(BUILD)/tests/cli/random_net | $(EXCHANGE_PYTHON) ## exports in PyTorch and other real tools, from PyPI
	$(Q)BUILD=$(BUILD) $(EXCHANGE_PYTHON) tests/exchange/check.py

-include $(EXCHANGE_WITNESS).d
