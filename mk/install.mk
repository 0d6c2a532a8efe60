# install.mk — what gan.c needs on a machine, and where it goes.

.PHONY: deps install uninstall
deps: ## install the packages that are missing, saying which and why
	$(Q)sh mk/deps.sh

install: all ## copy program, library, headers, nets below PREFIX; for any GPU: CUDA_ARCH=all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib $(DESTDIR)$(PREFIX)/include/gan \
	    $(DESTDIR)$(PREFIX)/share/gan/nets
	install -m 755 $(BUILD)/gan $(DESTDIR)$(PREFIX)/bin/gan
	install -m 644 $(BUILD)/libgan.a $(DESTDIR)$(PREFIX)/lib/libgan.a
	install -m 644 include/gan/*.h include/gan/*.def $(DESTDIR)$(PREFIX)/include/gan/
	install -m 644 data/nets/*.yaml $(DESTDIR)$(PREFIX)/share/gan/nets/
	install -m 644 data/gpus.json $(DESTDIR)$(PREFIX)/share/gan/
	$(if $(PLUGIN),install -d $(DESTDIR)$(PREFIX)/lib/gan && \
	    install -m 755 $(PLUGIN) $(DESTDIR)$(PREFIX)/lib/gan/)

uninstall: ## remove what install copied
	rm -rf $(DESTDIR)$(PREFIX)/bin/gan $(DESTDIR)$(PREFIX)/lib/libgan.a \
	    $(DESTDIR)$(PREFIX)/include/gan $(DESTDIR)$(PREFIX)/share/gan $(DESTDIR)$(PREFIX)/lib/gan
