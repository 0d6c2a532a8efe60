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
	$(Q)tar -C build/kit -c $(KIT_NAME) | xz -9 > build/kit/$(KIT_NAME).tar.xz # the tests are alike: one dictionary holds all
	@[ "$$(du -m build/kit/$(KIT_NAME).tar.xz | cut -f1)" -le 60 ] || { echo "kit: build/kit/$(KIT_NAME).tar.xz has over 60 MB" >&2; exit 1; }
	@echo "packed build/kit/$(KIT_NAME).tar.xz ($$(du -m build/kit/$(KIT_NAME).tar.xz | cut -f1) MB; glibc $$(cat build/kit/$(KIT_NAME)/glibc) or newer, CUDA $$(cat build/kit/$(KIT_NAME)/cuda)): copy it to the node, unpack it, run ./check-gpu"
