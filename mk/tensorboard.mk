# tensorboard.mk — event files read by TensorBoard itself, from PyPI.

TENSORBOARD_PYTHON := build/tensorboard/venv/bin/python

$(TENSORBOARD_PYTHON): tests/tensorboard/requirements.txt
	$(Q)python3 -m venv build/tensorboard/venv
	$(Q)build/tensorboard/venv/bin/pip install --quiet -r $<
	$(Q)touch $@

.PHONY: check-tensorboard
check-tensorboard: all | $(TENSORBOARD_PYTHON) ## event files of --tensorboard, read by TensorBoard from PyPI
	$(Q)BUILD=$(BUILD) $(TENSORBOARD_PYTHON) tests/tensorboard/check.py
