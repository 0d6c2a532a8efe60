# kit.mk — one archive for a machine that has a GPU and no network: `./check-gpu` in it is `make check-gpu`.
#   KIT_ARCH="80 90"   compute capabilities of the GPUs that it is for

KIT_ARCH ?= 90
KIT_NAME = gan-kit-$(shell uname -m)-sm$(subst $(space),-sm,$(strip $(KIT_ARCH)))
space := $(subst ,, )

.PHONY: kit kit-packed
kit: ## pack all that check-gpu needs on a GPU node without a network: KIT_ARCH=90
	+$(Q)sh mk/counted.sh '$(MAKE)' BUILD=build/kit/build CUDA=1 CUDA_ARCH='$(KIT_ARCH)' kit-packed
kit-packed: $(BUILD)/gan $(PLUGIN) $(GPU_PARTS)
	$(Q)sh mk/kit.sh $(BUILD) build/kit/$(KIT_NAME)
	$(Q)tar -C build/kit -czf build/kit/$(KIT_NAME).tar.gz $(KIT_NAME)
	@echo "packed build/kit/$(KIT_NAME).tar.gz ($$(du -m build/kit/$(KIT_NAME).tar.gz | cut -f1) MB; glibc $$(cat build/kit/$(KIT_NAME)/glibc) or newer, CUDA $$(cat build/kit/$(KIT_NAME)/cuda)): copy it to the node, unpack it, run ./check-gpu"
