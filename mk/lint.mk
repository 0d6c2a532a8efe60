# lint.mk — the rules of the house, checked.

.PHONY: lint
lint: ## include directions, file and function sizes, cppcheck
	$(Q)sh tests/lint/rooms.sh
	$(Q)sh tests/lint/sizes.sh
	$(Q)sh tests/lint/cppcheck.sh
