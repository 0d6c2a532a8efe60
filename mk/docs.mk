# docs.mk — the C API as pages, of the public headers and the examples, by Doxygen.

.PHONY: docs
docs: ## the C API as pages: build/docs/html
	$(Q)GAN_VERSION=$(VERSION) sh tests/lint/docs.sh build/docs
