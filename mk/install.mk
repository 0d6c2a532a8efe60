# install.mk — what gan.c needs on a machine, and where it goes.
#   DESTDIR=DIR   a root to copy to, for packages      PREFIX=DIR   below it: bin, lib, include, share
#   LIBDIR=DIR    where the libraries go (default PREFIX/lib)

LIBDIR ?= $(PREFIX)/lib
# From a folder in LIBDIR to PREFIX: what is installed may be moved as a whole.
from = $(shell realpath -m --relative-to='$(LIBDIR)/$(1)' '$(PREFIX)')

.PHONY: deps install uninstall
deps: ## install the packages that are missing, saying which and why
	$(Q)sh mk/deps.sh

install: all shared ## copy program, libraries, headers, nets below PREFIX; for any GPU: CUDA_ARCH=all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/include/gan $(DESTDIR)$(PREFIX)/share/gan/nets $(DESTDIR)$(PREFIX)/share/gan/features $(DESTDIR)$(PREFIX)/share/gan/cloud \
	    $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(LIBDIR)/cmake/gan
	install -m 755 $(BUILD)/gan $(DESTDIR)$(PREFIX)/bin/gan
	install -m 644 $(BUILD)/libgan.a $(BUILD)/libgan.so.$(VERSION) $(DESTDIR)$(LIBDIR)/
	ln -sfn libgan.so.$(VERSION) $(DESTDIR)$(LIBDIR)/libgan.so.$(ABI)
	ln -sfn libgan.so.$(ABI) $(DESTDIR)$(LIBDIR)/libgan.so
	install -m 644 include/gan/*.h include/gan/*.def $(DESTDIR)$(PREFIX)/include/gan/
	install -m 644 data/nets/*.yaml $(DESTDIR)$(PREFIX)/share/gan/nets/
	install -m 644 data/features/* $(DESTDIR)$(PREFIX)/share/gan/features/
	install -m 644 data/gpus.json $(DESTDIR)$(PREFIX)/share/gan/
	install -m 644 $(filter-out %.sh,$(wildcard cloud/*)) $(DESTDIR)$(PREFIX)/share/gan/cloud/
	install -m 755 $(wildcard cloud/*.sh) $(DESTDIR)$(PREFIX)/share/gan/cloud/
	for file in gan.bash:bash-completion/completions/gan _gan:zsh/site-functions/_gan \
	    gan.fish:fish/vendor_completions.d/gan.fish; do \
	    install -D -m 644 packages/completion/$${file%%:*} $(DESTDIR)$(PREFIX)/share/$${file#*:}; \
	done
	sh mk/man.sh $(BUILD)/gan $(BUILD)/man
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 $(BUILD)/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	for file in libgan.pc:pkgconfig/libgan.pc gan-config.cmake:cmake/gan/gan-config.cmake \
	    gan-config-version.cmake:cmake/gan/gan-config-version.cmake; do \
	    sed -e 's|@FROM_PC@|$(call from,pkgconfig)|' -e 's|@FROM_CMAKE@|$(call from,cmake/gan)|' \
	        -e 's|@VERSION@|$(VERSION)|' -e 's|@ABI@|$(ABI)|' \
	        -e 's|@LIBS@|$(LDLIBS) -ldl -fopenmp|' \
	        packages/$${file%%:*}.in > $(DESTDIR)$(LIBDIR)/$${file#*:}; \
	done
	$(if $(PLUGIN),install -d $(DESTDIR)$(PREFIX)/lib/gan && \
	    install -m 755 $(PLUGIN) $(DESTDIR)$(PREFIX)/lib/gan/)

uninstall: ## remove what install copied
	rm -rf $(DESTDIR)$(PREFIX)/bin/gan $(DESTDIR)$(LIBDIR)/libgan.a $(DESTDIR)$(LIBDIR)/libgan.so* \
	    $(DESTDIR)$(PREFIX)/include/gan $(DESTDIR)$(PREFIX)/share/gan $(DESTDIR)$(PREFIX)/lib/gan \
	    $(DESTDIR)$(LIBDIR)/pkgconfig/libgan.pc $(DESTDIR)$(LIBDIR)/cmake/gan \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions/gan $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_gan \
	    $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/gan.fish \
	    $(DESTDIR)$(PREFIX)/share/man/man1/gan.1 $(DESTDIR)$(PREFIX)/share/man/man1/gan-*.1

.PHONY: deb
deb: ## Debian packages in build/deb; with CUDA=1 also the plugin, for all GPUs or those of CUDA_ARCH
	$(Q)sh packages/deb.sh $(VERSION) $(ABI) $(if $(filter 1,$(CUDA)),$(CUDA_MAJOR) '$(or $(CUDA_ARCH),all)')

.PHONY: check-deb
check-deb: deb ## the packages in clean systems of Debian and Ubuntu, and lintian: RELEASES="bookworm trixie noble"
	$(Q)sh packages/check_deb.sh $(VERSION) $(ABI) $(RELEASES)
