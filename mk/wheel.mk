# wheel.mk — gan.c for pip: packages/wheel.sh makes it, packages/python has its module. From PyPI: auditwheel.

WHEEL_PYTHON := build/wheel/venv/bin/python

$(WHEEL_PYTHON): packages/python/requirements.txt
	$(Q)python3 -m venv build/wheel/venv
	$(Q)build/wheel/venv/bin/pip install --quiet -r $<
	$(Q)touch $@

.PHONY: wheel check-wheel
wheel: $(BUILD)/gan $(BUILD)/libgan.so.$(VERSION) | $(WHEEL_PYTHON) ## a wheel in build/wheel: program, library and the module gan_c
	$(Q)CC='$(CC)' PYTHON=$(abspath $(WHEEL_PYTHON)) sh packages/wheel.sh $(BUILD) $(VERSION) $(ABI)
check-wheel: wheel ## the wheel, installed by pip in a folder of its own, tried and typed
	$(Q)sh packages/python/check.sh
