# eval.mk — the measures beside the real tools: torch-fidelity, prdc and SciPy, from PyPI.

EVAL_PYTHON := build/eval/venv/bin/python

.PHONY: check-eval-tools
check-eval-tools: $(BUILD)/tests/unit/test_eval_metrics | $(EVAL_PYTHON) ## measures of features beside torch-fidelity, prdc and SciPy, installed from PyPI
	$(Q)$(EVAL_PYTHON) tests/eval/record_metrics.py build/eval/metrics.safetensors
	$(Q)GAN_TEST_METRICS=build/eval/metrics.safetensors $<

$(EVAL_PYTHON):
	$(Q)python3 -m venv build/eval/venv
	$(Q)build/eval/venv/bin/pip install --quiet -r tests/eval/requirements.txt
