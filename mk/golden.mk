# golden.mk — the reference itself: record the tutorial network from the real TensorFlow, and verify.

GOLDEN_PYTHON := build/golden/venv/bin/python
GOLDEN_TRACE := build/golden/dcgan-mnist.safetensors

.PHONY: golden
golden: all $(GOLDEN_TRACE) ## record the tutorial network from TensorFlow and verify 10 steps
	$(Q)$(BUILD)/gan verify $(GOLDEN_TRACE)

$(GOLDEN_PYTHON):
	$(Q)python3 -m venv build/golden/venv
	$(Q)build/golden/venv/bin/pip install --quiet -r tests/golden/requirements.txt

$(GOLDEN_TRACE): | $(GOLDEN_PYTHON)
	$(Q)$(GOLDEN_PYTHON) tests/golden/record_keras.py --net data/nets/dcgan-mnist.yaml \
	    --batch-size 64 --steps 10 --out $@
