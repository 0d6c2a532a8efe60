# flags.mk — compiler, warnings, libraries.

CC_NAME := $(shell $(CC) --version 2>/dev/null | head -n 1)
# Goals that are asked for before there is a compiler, or any library.
WITHOUT_TOOLS := $(if $(MAKECMDGOALS),$(if $(filter-out clean help deps demo check-gpu,$(MAKECMDGOALS)),,1))
ifeq ($(CC_NAME)$(WITHOUT_TOOLS),)
$(error no C compiler: '$(CC)' does not run. Try `make deps`, or CC=clang)
endif
PKG_CONFIG ?= pkg-config

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
            -Wvla $(if $(filter 1,$(WERROR)),-Werror)
OPT ?= -O3 -g
SANITIZE ?=
CPPFLAGS += -Iinclude -Isrc
# Nobody reads the floating-point exceptions' flags, and for their sake gcc would compute a choice between
# two numbers for AVX2 one by one.
CFLAGS += -std=c11 $(OPT) $(WARNINGS) -fopenmp -fno-math-errno -fno-trapping-math -ffp-contract=off -fvisibility=hidden $(SANITIZE)
LDFLAGS += -fopenmp $(SANITIZE)

# Packages that tell their own flags, and two that do not.
PACKAGES := libpng libjpeg zlib libzip libcurl yaml-0.1 jansson
ifneq ($(WITHOUT_TOOLS),1)
MISSING := $(strip $(foreach p,$(PACKAGES),$(shell $(PKG_CONFIG) --exists $(p) 2>/dev/null || echo $(p))))
ifneq ($(MISSING),)
$(error missing libraries: $(MISSING). `make deps` installs what gan.c needs)
endif
endif
CPPFLAGS += $(shell $(PKG_CONFIG) --cflags $(PACKAGES) 2>/dev/null)
LDLIBS += $(shell $(PKG_CONFIG) --libs $(PACKAGES) 2>/dev/null) -ldnnl -lgif -lm -lpthread

# What can be left out, PACKAGE:VERSION:NAME: taken where it is there, unless WITHOUT names it. Only the
# files of mk/build.mk that need one see its flag, -DGAN_WITH_NAME.
#   make WITHOUT="webp tiff"
WITHOUT ?=
OPTIONAL := libwebp:1.0:webp libtiff-4:4.5:tiff libarchive:3.3:archive hdf5:1.8:hdf5
optional_package = $(word 1,$(subst :, ,$1))
optional_version = $(word 2,$(subst :, ,$1))
optional_name = $(word 3,$(subst :, ,$1))
WITH := $(strip $(foreach o,$(OPTIONAL),$(if $(filter $(call optional_name,$o),$(WITHOUT)),,\
    $(shell $(PKG_CONFIG) --atleast-version=$(call optional_version,$o) $(call optional_package,$o) 2>/dev/null && echo $o))))
WITH_NAMES := $(foreach o,$(WITH),$(call optional_name,$o))
LEFT_OUT := $(filter-out $(WITH_NAMES),$(foreach o,$(OPTIONAL),$(call optional_name,$o)))
OPTIONAL_NAME := $(if $(LEFT_OUT),; without $(LEFT_OUT))
LDLIBS += $(if $(WITH),$(shell $(PKG_CONFIG) --libs $(foreach o,$(WITH),$(call optional_package,$o)) 2>/dev/null))
with = $(if $(filter $1,$(WITH_NAMES)),-DGAN_WITH_$2 $(shell $(PKG_CONFIG) --cflags \
    $(foreach o,$(WITH),$(if $(filter $1,$(call optional_name,$o)),$(call optional_package,$o))) 2>/dev/null))

DNNL ?=
CPPFLAGS += $(if $(DNNL),-I$(DNNL)/include)
LDFLAGS += $(if $(DNNL),-L$(DNNL)/lib -Wl$(comma)-rpath$(comma)$(abspath $(DNNL))/lib)
comma := ,
DNNL_NAME := oneDNN $(shell echo 'gan DNNL_VERSION_MAJOR.DNNL_VERSION_MINOR' | \
               $(CC) $(CPPFLAGS) -include oneapi/dnnl/dnnl_version.h -E -P - 2>/dev/null | \
               sed -n 's/^gan //p' | tr -d ' ')

# Instruction sets that are chosen at run time: a file's suffix says what it is compiled for.
ifneq ($(filter x86_64%,$(shell $(CC) -dumpmachine 2>/dev/null)),)
ISA_avx2 := -mavx2 -mfma
ISA_avx512 := -mavx512f -mavx512dq -mavx512bw -mavx512vl -mavx2 -mfma
ISA_avx512bf16 := $(ISA_avx512) -mavx512bf16
ISA_amx := $(ISA_avx512bf16) -mamx-tile -mamx-bf16
endif
