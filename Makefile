# SPDX-License-Identifier: GPL-2.0-or-later
# limen: everything starts here. `make help` lists what there is.

# --- what to build with -----------------------------------------------------
HOST_ARCH := $(shell uname -m | sed 's/aarch64/arm64/')
ARCH      ?= $(HOST_ARCH)
override ARCH := $(patsubst amd64,x86_64,$(patsubst aarch64,arm64,$(ARCH)))
CLANG     ?= clang
LLVM_STRIP ?= llvm-strip
BPFTOOL   ?= $(shell command -v bpftool || echo /usr/sbin/bpftool)
PKG_CONFIG ?= pkg-config
PREFIX    ?= /usr/local
VERSION   := 0.1

ifeq ($(ARCH),$(HOST_ARCH))
CROSS     :=
else
CROSS     := $(if $(filter arm64,$(ARCH)),aarch64-linux-gnu-,x86_64-linux-gnu-)
STATIC    := 1
endif
ifeq ($(origin CC),default)
CC        := $(CROSS)gcc
endif

# build/: the native program; build/static/ and build/ARCH/: static ones.
ifneq ($(CROSS),)
B         := build/$(ARCH)
else ifeq ($(STATIC),1)
B         := build/static
else
B         := build
endif

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s %s\n' $(1) $(2))

.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:

# --- libraries --------------------------------------------------------------
# A missing one is named with the Debian package that brings it.
LIBRARIES := libbpf:libbpf-dev libelf:libelf-dev zlib:zlib1g-dev jansson:libjansson-dev \
	     ncursesw:libncurses-dev libseccomp:libseccomp-dev
MODULES   := $(foreach l,$(LIBRARIES),$(firstword $(subst :, ,$(l))))

NEEDS_LIBRARIES := $(if $(MAKECMDGOALS),$(filter-out clean help setup run test bench test-full check-setup,$(MAKECMDGOALS)),all)

ifneq ($(NEEDS_LIBRARIES),)
ifneq ($(CROSS),)
SYSROOT   := $(shell tests/vm/sysroot $(ARCH))
ifeq ($(SYSROOT),)
$(error no sysroot for $(ARCH); tests/vm/sysroot said why)
endif
TRIPLET   := $(if $(filter arm64,$(ARCH)),aarch64-linux-gnu,x86_64-linux-gnu)
export PKG_CONFIG_SYSROOT_DIR := $(SYSROOT)
export PKG_CONFIG_LIBDIR := $(SYSROOT)/usr/lib/$(TRIPLET)/pkgconfig:$(SYSROOT)/usr/share/pkgconfig
endif
ifeq ($(shell command -v $(PKG_CONFIG)),)
$(error pkg-config is missing; install the Debian package pkg-config, or run tools/setup build)
endif
PKG       := PKG_CONFIG_SYSROOT_DIR='$(PKG_CONFIG_SYSROOT_DIR)' $(if $(PKG_CONFIG_LIBDIR),PKG_CONFIG_LIBDIR='$(PKG_CONFIG_LIBDIR)') $(PKG_CONFIG)
$(foreach l,$(LIBRARIES),$(if $(shell $(PKG) --exists $(firstword $(subst :, ,$(l))) && echo y),,\
	$(error library $(firstword $(subst :, ,$(l))) is missing; install the Debian package $(lastword $(subst :, ,$(l))), or run tools/setup build)))
LIB_CFLAGS := $(shell $(PKG) $(if $(filter 1,$(STATIC)),--static) --cflags $(MODULES))
LIB_LIBS   := $(shell $(PKG) $(if $(filter 1,$(STATIC)),--static) --libs $(MODULES))
endif

# --- flags ------------------------------------------------------------------
WARN      := -Wall -Wextra -Werror -Wno-unused-parameter -Wmissing-prototypes -Wshadow
CFLAGS    ?= -O2 -g
CPPFLAGS  += -D_GNU_SOURCE -DLIMEN_VERSION='"$(VERSION)"' -Isrc -Iinclude -I$(B)
ALL_CFLAGS = -std=gnu11 $(WARN) $(CFLAGS) $(LIB_CFLAGS) $(CPPFLAGS) -MMD -MP
ifeq ($(STATIC),1)
LDFLAGS   += -static
endif

BPF_ARCH  := $(if $(filter arm64,$(ARCH)),arm64,x86)
BPF_FLAGS := -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_$(BPF_ARCH) -Iinclude -Ivmlinux -Ibpf \
	     $(if $(SYSROOT),-I$(SYSROOT)/usr/include) -Wall -Wextra -Werror -Wno-unused-parameter

BPF_OBJS  := $(patsubst bpf/%.bpf.c,$(B)/bpf/%.bpf.o,$(wildcard bpf/*.bpf.c))
SRCS      := $(wildcard src/*.c src/*/*.c)
OBJS      := $(patsubst src/%.c,$(B)/%.o,$(SRCS))
# All but main() is a library, for the unit tests.
LIB_OBJS  := $(filter-out $(B)/main.o,$(OBJS))

# --- build ------------------------------------------------------------------
.PHONY: all
all: $(B)/limen

$(B)/limen: $(OBJS)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(OBJS) $(LIB_LIBS)

$(B)/%.o: src/%.c $(B)/flags | $(B)/limen.skel.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(B)/bpf/%.bpf.o: bpf/%.bpf.c $(B)/flags
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_FLAGS) -MMD -MP -c -o $@ $<
	$(Q)$(LLVM_STRIP) -g $@

# The kernel side, linked into one object, and its skeleton.
$(B)/limen.bpf.o: $(BPF_OBJS)
	$(call say,BPFLINK,$@)
	$(Q)$(BPFTOOL) gen object $@ $(BPF_OBJS)

$(B)/limen.skel.h: $(B)/limen.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name limen_bpf > $@.tmp && mv $@.tmp $@

# Other flags or another compiler rebuild everything.
FLAGS_NOW := $(CC) $(ALL_CFLAGS) $(LDFLAGS) $(CLANG) $(BPF_FLAGS)
.PHONY: force
$(B)/flags: force
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' > $@

-include $(OBJS:.o=.d) $(BPF_OBJS:.o=.d)

.PHONY: clean
clean:
	rm -rf build
