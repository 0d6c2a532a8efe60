# tarball.mk — gan.c for any Linux of this processor, whatever libraries it has: packages/tarball.sh.
#   CUDA=1 CUDA_ARCH=all    with the plugin, for all GPUs

TARBALL = gan-c-$(VERSION)-linux-$(shell uname -m)
.PHONY: tarball check-tarball
tarball: all shared ## build/tarball/NAME.tar.gz: runs from anywhere, with its libraries beside; CUDA=1: for GPUs too
	$(Q)rm -rf build/tarball
	+$(Q)$(MAKE) --no-print-directory install DESTDIR=$(abspath build/tarball)/ PREFIX=/$(TARBALL) LIBDIR=/$(TARBALL)/lib > /dev/null
	$(Q)sh packages/tarball.sh build/tarball/$(TARBALL)
check-tarball: tarball ## the tarball in bare systems of Debian 12 and 13
	$(Q)sh packages/check_tarball.sh build/tarball/$(TARBALL).tar.gz
