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

# Jobs that begin with the set-up build in a make of their own, after it.
NEEDS_LIBRARIES := $(if $(MAKECMDGOALS),$(filter-out clean help setup run test test-full test-quick \
			bench uninstall fixtures,$(MAKECMDGOALS)),all)

# A cross build takes them from a sysroot. So does a static one, except on
# Debian 12: libelf.a of Debian 13 lacks symbols that it needs itself.
OS_VERSION := $(shell . /etc/os-release 2>/dev/null && echo $$VERSION_ID)
ifneq ($(NEEDS_LIBRARIES),)
ifneq ($(CROSS)$(if $(filter 1,$(STATIC)),$(filter-out 12,$(OS_VERSION))),)
SYSROOT   := $(shell tests/vm/sysroot $(patsubst x86_64,amd64,$(ARCH)))
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

# One BPF object of bpf/, and one of each directory below it: their hooks lie in
# modules, which may come and go.
BPF_PARTS := tee optee vm stage2
part_objs  = $(patsubst bpf/%.bpf.c,$(B)/bpf/%.bpf.o,$(wildcard bpf/$(1)*.bpf.c))
BPF_OBJS  := $(call part_objs)
BPF_ALL   := $(BPF_OBJS) $(foreach p,$(BPF_PARTS),$(call part_objs,$(p)/))
SKELETONS := $(B)/limen.skel.h $(BPF_PARTS:%=$(B)/limen_%.skel.h)
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

$(B)/%.o: src/%.c $(B)/flags | $(SKELETONS)
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

define part_rule
$(B)/limen_$(1).bpf.o: $(call part_objs,$(1)/)
	$$(call say,BPFLINK,$$@)
	$$(Q)$$(BPFTOOL) gen object $$@ $$^
endef
$(foreach p,$(BPF_PARTS),$(eval $(call part_rule,$(p))))

$(B)/%.skel.h: $(B)/%.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@.tmp && mv $@.tmp $@

# Other flags or another compiler rebuild everything.
FLAGS_NOW := $(CC) $(ALL_CFLAGS) $(LDFLAGS) $(CLANG) $(BPF_FLAGS)
.PHONY: force
$(B)/flags: force
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' > $@

-include $(OBJS:.o=.d) $(BPF_ALL:.o=.d)

# --- fixtures of the tests: static, for the guests ---------------------------
FIXTURES  := copygen crossers violate teegen vmm kvmodd
FIX_NAME  := $(if $(filter arm64,$(ARCH)),arm64,amd64)
F         := build/fixtures/$(FIX_NAME)

.PHONY: fixtures
fixtures: $(addprefix $(F)/,$(FIXTURES) ptyrun)

FIX_FLAGS := -std=gnu11 -O2 -Wall -Wextra -Werror

$(F)/copygen: tests/fixtures/copygen.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(FIX_FLAGS) -ffreestanding -fno-stack-protector -nostdlib -static -no-pie -o $@ $<

$(F)/teegen: tests/fixtures/tee_fixture.h

VMM_SRCS  := $(patsubst %,tests/fixtures/%.c,vmm vmm_kvm vmm_odd vmm_truth vmm_$(if $(filter arm64,$(ARCH)),arm64,x86))
$(F)/vmm: $(VMM_SRCS) tests/fixtures/vmm.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(FIX_FLAGS) -static -pthread -o $@ $(VMM_SRCS)

KVMODD_SRCS := $(patsubst %,tests/fixtures/%.c,kvmodd vmm_$(if $(filter arm64,$(ARCH)),arm64,x86))
$(F)/kvmodd: $(KVMODD_SRCS) tests/fixtures/vmm.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(FIX_FLAGS) -static -pthread -o $@ $(KVMODD_SRCS)

$(F)/%: tests/fixtures/%.c tests/fixtures/limen_fixture.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(FIX_FLAGS) -static -o $@ $<

$(F)/ptyrun: tests/vm/ptyrun.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(FIX_FLAGS) -static -o $@ $< -lutil

# --- unit tests: all of limen but main(), with sanitizers ---------------------
UNITS     := $(patsubst tests/unit/%.c,build/unit/%,$(wildcard tests/unit/test_*.c))
SAN       := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
UNIT_OBJS := $(patsubst src/%.c,build/unit/obj/%.o,$(filter-out src/main.c,$(SRCS)))

.PHONY: unit
unit: $(UNITS)

build/unit/obj/%.o: src/%.c $(B)/flags | $(SKELETONS)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(SAN) -c -o $@ $<

build/unit/%: tests/unit/%.c $(UNIT_OBJS)
	$(call say,UNIT,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(SAN) -o $@ $< $(UNIT_OBJS) $(LIB_LIBS) -lcmocka

-include $(UNIT_OBJS:.o=.d)

# --- the jobs ----------------------------------------------------------------
.PHONY: setup run test test-full test-quick bench
setup:
	@tools/setup build test vm arm64 tee

# The main job on real input: here if this kernel lets limen attach, else in an
# embedded virtual machine.
run:
	@tools/setup build vm
	@$(MAKE) --no-print-directory all
	@tools/demo

test: setup
	@tests/run

# With QEMU as a VMM on every kernel, not on one only.
test-full: setup
	@tests/run --full

test-quick: setup
	@tests/run --kernel 6.12-amd64

bench: setup
	@tests/bench/run

# --- install -------------------------------------------------------------------
MANDIR    ?= $(PREFIX)/share/man
COMPDIR   ?= $(PREFIX)/share/bash-completion/completions
UNITDIR   ?= $(PREFIX)/lib/systemd/system
UNIT      := etc/systemd/limen-watch.service
INSTALL   ?= install

.PHONY: install uninstall
install: all
	$(INSTALL) -D -m 0755 $(B)/limen $(DESTDIR)$(PREFIX)/sbin/limen
	for page in man/*.8; do \
		$(INSTALL) -D -m 0644 $$page $(DESTDIR)$(MANDIR)/man8/$${page##*/} || exit; done
	$(INSTALL) -D -m 0644 etc/completion/limen.bash $(DESTDIR)$(COMPDIR)/limen
	$(INSTALL) -d $(DESTDIR)$(UNITDIR)
	sed 's|@SBINDIR@|$(PREFIX)/sbin|' $(UNIT).in > $(DESTDIR)$(UNITDIR)/$(notdir $(UNIT))
	chmod 0644 $(DESTDIR)$(UNITDIR)/$(notdir $(UNIT))

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/sbin/limen $(DESTDIR)$(COMPDIR)/limen
	rm -f $(DESTDIR)$(UNITDIR)/$(notdir $(UNIT))
	for page in man/*.8; do rm -f $(DESTDIR)$(MANDIR)/man8/$${page##*/}; done

.PHONY: clean help
clean:
	rm -rf build

help:
	@echo 'make              build/limen for this machine (V=1 shows the commands)'
	@echo 'make STATIC=1     build/static/limen, statically linked'
	@echo 'make ARCH=arm64   build/arm64/limen, cross-built and static'
	@echo 'make run          install what is missing, build, and see limen at work'
	@echo 'make test         install what is missing, build, and run all tests'
	@echo 'make test-full    the same, and what takes long on every kernel'
	@echo 'make test-quick   make test on one kernel only'
	@echo 'make bench        what limen costs, in instructions (emulated guest)'
	@echo 'make install      to PREFIX ($(PREFIX)), below DESTDIR: program, manuals, completion, unit'
	@echo 'make setup        only install the Debian packages that are missing'
	@echo 'make clean        remove build/; downloads stay in $${LIMEN_CACHE:-~/.cache/limen}'
