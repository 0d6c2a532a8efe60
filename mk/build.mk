# build.mk — objects, library, program. Every .c of a room is found by itself.

ROOMS := base options net program transform cpu reference data session eval exchange report run bench verify plan io
LIB_SRC := $(foreach room,$(ROOMS),$(wildcard src/$(room)/*.c))
LIB_SRC := $(if $(filter hdf5,$(WITH_NAMES)),$(LIB_SRC),$(LIB_SRC:src/io/hdf5.c=src/io/absent/hdf5.c))
CLI_SRC := $(wildcard src/cli/*.c)
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/%.o) $(BUILD)/page_text.o
CLI_OBJ := $(CLI_SRC:%.c=$(BUILD)/%.o) $(BUILD)/topics.o

$(BUILD)/%_avx2.o: private CFLAGS += $(ISA_avx2)
$(BUILD)/%_avx512.o: private CFLAGS += $(ISA_avx512)
$(BUILD)/%_avx512bf16.o: private CFLAGS += $(ISA_avx512bf16)
$(BUILD)/%_amx.o: private CFLAGS += $(ISA_amx)

# Where it will be installed is known to one file.
$(BUILD)/prefix: FORCE
	+@mkdir -p $(@D)
	+@echo '$(PREFIX)' | cmp -s - $@ || echo '$(PREFIX)' > $@
SHARE_OBJ := $(addprefix $(BUILD)/,src/base/share.o shared/src/base/share.o pic/src/base/share.o)
$(SHARE_OBJ): $(BUILD)/prefix
$(SHARE_OBJ): private CPPFLAGS += -DGAN_SHARE_DIR='"$(PREFIX)/share/gan"'

# Files that need a library which may be left out, in each of the libraries that are built.
objects_of = $(foreach d,/ /shared/ /pic/,$(BUILD)$d$(1:.c=.o))
$(call objects_of,src/io/hdf5.c): private CPPFLAGS += $(call with,hdf5,HDF5)
$(call objects_of,src/data/picture_webp.c): private CPPFLAGS += $(call with,webp,WEBP)
$(call objects_of,src/data/archive.c) $(call objects_of,src/data/archive_read.c): private CPPFLAGS += $(call with,archive,ARCHIVE)
$(call objects_of,src/data/picture_tiff.c): private CPPFLAGS += $(call with,tiff,TIFF)

# Rebuild when a flag changes, and only then; with `make -n`, too, which tells what is left to build.
$(BUILD)/flags: FORCE
	+@mkdir -p $(@D)
	+@echo '$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(LDLIBS)' | cmp -s - $@ || \
	 echo '$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(LDLIBS)' > $@
FORCE:

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC    $<")
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The style and the script of a report's page, as strings.
$(BUILD)/page_text.c: src/report/page.css src/report/page.js mk/embed.sh
	@mkdir -p $(@D)
	$(Q)sh mk/embed.sh gan_report_style=src/report/page.css gan_report_script=src/report/page.js > $@
$(BUILD)/page_text.o $(BUILD)/shared/page_text.o: $(BUILD)/page_text.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC    $<")
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -fPIC -c -o $@ $<

# Pages of `gan help TOPIC`, as strings, and their list.
TOPICS := $(sort $(patsubst docs/topics/%.md,%,$(wildcard docs/topics/*.md)))
topic_text = topic_$(subst -,_,$1)_text
$(BUILD)/topics.c: $(TOPICS:%=docs/topics/%.md) mk/embed.sh
	@mkdir -p $(@D)
	$(Q)sh mk/embed.sh $(foreach t,$(TOPICS),$(call topic_text,$t)=docs/topics/$t.md) > $@
$(BUILD)/topics.def: $(BUILD)/topics.c
	$(Q)printf 'TOPIC("%s", %s)\n' $(foreach t,$(TOPICS),$t $(call topic_text,$t)) > $@
$(BUILD)/topics.o: $(BUILD)/topics.c $(BUILD)/flags
	$(if $(Q),@echo "  CC    $<")
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<
$(BUILD)/src/cli/help.o: $(BUILD)/topics.def
$(BUILD)/src/cli/help.o: private CPPFLAGS += -I$(BUILD)

.PHONY: objects
objects: $(LIB_OBJ) $(CLI_OBJ) ## compile everything and link nothing: for a cross compiler
	@echo "compiled for $(shell $(CC) -dumpmachine)"

$(BUILD)/libgan.a: $(LIB_OBJ)
	$(if $(Q),@echo "  AR    $@")
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/gan: $(CLI_OBJ) $(BUILD)/libgan.a
	$(if $(Q),@echo "  LINK  $@")
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# The shared library: what include/gan declares, and nothing else, is visible in it.
VERSION := $(shell sed -n 's/^\#define GAN_VERSION "\(.*\)"$$/\1/p' include/gan/version.h)
ABI := $(if $(filter 0,$(firstword $(subst ., ,$(VERSION)))),$(basename $(VERSION)),$(firstword $(subst ., ,$(VERSION))))
SHARED_OBJ := $(LIB_SRC:%.c=$(BUILD)/shared/%.o) $(BUILD)/shared/page_text.o
$(BUILD)/shared/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC    $< (shared)")
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -fPIC -MMD -MP -c -o $@ $<
$(BUILD)/libgan.so.$(VERSION): $(SHARED_OBJ)
	$(if $(Q),@echo "  LINK  $@")
	$(Q)$(CC) -shared $(LDFLAGS) -Wl,-soname,libgan.so.$(ABI) -Wl,-z,defs -Wl,--as-needed -o $@ $^ $(LDLIBS) -ldl
	$(Q)ln -sfn libgan.so.$(VERSION) $(BUILD)/libgan.so.$(ABI)
	$(Q)ln -sfn libgan.so.$(ABI) $(BUILD)/libgan.so
.PHONY: shared
shared: $(BUILD)/libgan.so.$(VERSION) ## the shared library, libgan.so
-include $(SHARED_OBJ:.o=.d)

# Examples see what a user of the library sees: the public headers.
EXAMPLE_BIN := $(patsubst %.c,$(BUILD)/%,$(wildcard examples/*.c))
$(EXAMPLE_BIN:%=%.o): private CPPFLAGS := $(filter-out -Isrc,$(CPPFLAGS))
$(EXAMPLE_BIN): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/libgan.a
	$(if $(Q),@echo "  LINK  $@")
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
all: $(EXAMPLE_BIN)

-include $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d) $(EXAMPLE_BIN:%=%.d)
