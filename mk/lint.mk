# lint.mk — the rules of the house, checked.

TIDY := CPPFLAGS='$(CPPFLAGS) -I$(BUILD) $(foreach o,webp:WEBP tiff:TIFF archive:ARCHIVE hdf5:HDF5,$(call with,$(word 1,$(subst :, ,$o)),$(word 2,$(subst :, ,$o))))' CUDA_CPPFLAGS='$(CUDA_CPPFLAGS)' \
    $(foreach isa,avx2 avx512 avx512bf16 amx,ISA_$(isa)='$(ISA_$(isa))') sh tests/lint/tidy.sh

.PHONY: lint
lint: $(BUILD)/libgan.a $(BUILD)/topics.def ## the root, include directions, circles, file and function sizes, format, API pages, vectorized loops, cppcheck, clang-tidy
	$(Q)sh tests/lint/root.sh
	$(Q)sh tests/lint/rooms.sh
	$(Q)BUILD=$(BUILD) sh tests/lint/circles.sh
	$(Q)sh tests/lint/sizes.sh
	$(Q)sh tests/lint/licences.sh
	$(Q)sh tests/lint/format.sh
	$(Q)sh tests/lint/python.sh
	$(Q)GAN_VERSION=$(VERSION) sh tests/lint/docs.sh
	$(Q)CC='$(CC)' sh tests/lint/new_op.sh
	$(Q)CC='$(CC)' CPPFLAGS='$(CPPFLAGS)' CFLAGS='$(CFLAGS)' sh tests/lint/vectors.sh
	$(Q)sh tests/lint/cppcheck.sh
	$(Q)$(TIDY)
