# make            builds ./adsh, with a short line for each file; V=1 shows the commands
# make demo       set-up, then the main job on a real AD forest on this machine, also in a container
# make check      set-up, then every test          make soak   the long campaigns
# make bench      ratios to peers, with bounds     make bench-peers   a table of them, for people
# make install    PREFIX=/usr/local DESTDIR=
# make deb        the Debian package, built in a clean chroot: SUITE=bookworm or trixie
# make development    builds build/adsh-development, for work on stdlib/: it is never installed, and
#                     with ADSH_STDLIB=stdlib it takes the Lua files as they are now
# Local wishes (CC, CFLAGS, PREFIX) go into config.mk, which git does not see. Packagers: CPPFLAGS, CFLAGS and
# LDFLAGS are taken from the environment; HARDEN= HARDEN_LINK= leave out the flags for hardening from here.

-include config.mk

PREFIX ?= /usr/local
BUILD ?= build
PROG ?= adsh
CC ?= cc
CFLAGS ?= -O2 -g
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wformat=2 -Wvla -Wundef
HARDEN ?= -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
HARDEN_LINK ?= -pie -Wl,-z,relro,-z,now
# what runs while building is compiled for the machine that builds
CC_FOR_BUILD ?= $(CC)
FLAGS_FOR_BUILD ?= $(CPPFLAGS) $(CFLAGS) $(HARDEN) $(HARDEN_LINK) $(LDFLAGS)
PKG_CONFIG ?= pkg-config
LUA_PACKAGE ?= lua5.4 # pkg-config's name of Lua 5.4
PKGS = $(LUA_PACKAGE) krb5 krb5-gssapi gnutls zlib
override CPPFLAGS += -D_GNU_SOURCE -Ishell -I. $(shell $(PKG_CONFIG) --cflags $(PKGS))
# The loader looks for each symbol in this order. Most are libc's and, below libldap, those of
# gnutls and nettle: naming these first takes a tenth off the time to start.
override LDLIBS += -Wl,--no-as-needed -lc -lgnutls -lnettle -Wl,--as-needed -lldap -llber -lsasl2 $(shell $(PKG_CONFIG) --libs $(PKGS)) -lresolv

CORE := $(sort $(wildcard shell/base/*.c shell/codec/*.c shell/net/*.c shell/plan/*.c shell/gate/*.c shell/ad/*.c))
BIND := $(sort $(filter-out lua/embed.c,$(wildcard lua/*.c)))
MAIN := $(sort $(wildcard shell/*.c))
STDLIB := $(sort $(wildcard stdlib/*.lua stdlib/*/*.lua))

obj = $(patsubst %.c,$(BUILD)/%.o,$(1))

# begins a command: $(call short,CC,$<) prints "CC shell/main.c" in its place, and nothing under make -s
ifneq ($(filter-out 0,$(V)),)
short =
else ifneq ($(findstring s,$(firstword -$(MAKEFLAGS))),)
short = @
else
short = @echo $(1) $(2);
endif

all: $(PROG)

# the core knows no Lua: tests and fuzz targets link it without the program
$(BUILD)/libad.a: $(call obj,$(CORE))
	$(call short,AR,$@)rm -f $@ && $(AR) rcs $@ $^

OBJECTS := $(call obj,$(BIND) $(MAIN)) $(BUILD)/stdlib.o $(BUILD)/libad.a
link = $(call short,LD,$@)$(CC) $(CFLAGS) $(HARDEN_LINK) $(LDFLAGS) -o $@ $^ $(LDLIBS)
compile = $(call short,CC,$<)$(CC) -std=c11 $(CPPFLAGS) $(CFLAGS) $(HARDEN) $(WARN) $(WERROR) -MMD -MP -c -o $@ $<

$(PROG): $(OBJECTS)
	$(link)

$(BUILD)/%.o: %.c | $(BUILD)/found
	@mkdir -p $(@D)
	$(compile)

# before the first file: everything that is missing, at once
NEEDED = $(PKGS) ldap libsasl2 readline
$(BUILD)/found:
	@lacks=; for program in $(firstword $(CC)) $(PKG_CONFIG); do \
		command -v $$program > /dev/null || lacks="$$lacks $$program"; done; \
	for library in $(NEEDED); do $(PKG_CONFIG) --exists $$library 2> /dev/null || lacks="$$lacks $$library"; done; \
	[ -z "$$lacks" ] || { echo "adsh cannot be built, this is missing:$$lacks" >&2; \
		echo "On Debian 12 and 13, \"tests/setup.sh build\" installs it (as root or with sudo)." >&2; exit 1; }
	@mkdir -p $(@D) && touch $@

# the program that reads ADSH_STDLIB
DEVELOPMENT := $(BUILD)/adsh-development
$(DEVELOPMENT): $(patsubst %/bundle.o,%/bundle-development.o,$(OBJECTS))
	$(link)
$(BUILD)/shell/bundle-development.o: shell/bundle.c
	@mkdir -p $(@D)
	$(compile) -DAD_DEVELOPMENT
development: $(DEVELOPMENT)

# libkrb5 cannot say its version
$(BUILD)/shell/net/version.o: override CPPFLAGS += -DAD_KRB5_VERSION='"$(shell $(PKG_CONFIG) --modversion krb5)"'

# the standard library is compiled into the program
$(BUILD)/embed: lua/embed.c | $(BUILD)/found
	@mkdir -p $(@D)
	$(call short,CC,$<)$(CC_FOR_BUILD) -std=c11 $(FLAGS_FOR_BUILD) $(WARN) -o $@ $<
$(BUILD)/stdlib.c: $(BUILD)/embed $(STDLIB)
	$(call short,EMBED,stdlib)$(BUILD)/embed $(STDLIB) > $@.new && mv $@.new $@
$(BUILD)/stdlib.o: $(BUILD)/stdlib.c
	$(call short,CC,$<)$(CC) -std=c11 $(CPPFLAGS) $(CFLAGS) $(HARDEN) -c -o $@ $<

# manuals and completion are made from the program's sources by a Lua of the machine that builds
PKG_CONFIG_FOR_BUILD ?= $(PKG_CONFIG)
LUA_FOR_BUILD ?= $(BUILD)/interpreter
$(BUILD)/interpreter: shell/manual/interpreter.c
	@mkdir -p $(@D)
	$(call short,CC,$<)$(CC_FOR_BUILD) -std=c11 $(FLAGS_FOR_BUILD) $(WARN) -o $@ $< \
		$(shell $(PKG_CONFIG_FOR_BUILD) --cflags --libs $(LUA_PACKAGE))

PAGES = adsh.1 adsh-lua.3 adsh-journal.5 adsh-policy.5 adsh-recipes.7
COMPLETED = adsh.bash adsh.zsh adsh.fish
SAID := $(STDLIB) $(BIND) shell/args.c shell/program.h shell/base/limits.h
COOKBOOK := $(sort $(wildcard examples/cookbook/*.md))
DOCUMENTS = $(addprefix $(BUILD)/,$(PAGES) $(COMPLETED) adsh.html)
documented = $(call short,DOC,$@)mkdir -p $(@D) && $(LUA_FOR_BUILD) shell/manual/make.lua $(1) $(STDLIB) $(BIND) $(2) > $@.new && mv $@.new $@
$(DOCUMENTS): $(filter $(BUILD)/%,$(LUA_FOR_BUILD)) $(SAID) $(wildcard shell/manual/*.lua)
$(addprefix $(BUILD)/,$(PAGES)): $(BUILD)/%: shell/manual/%.md
	$(call documented,$*)
$(addprefix $(BUILD)/,$(COMPLETED)): $(BUILD)/adsh.%: shell/completion.lua
	$(call documented,$*)
$(BUILD)/adsh.html: $(wildcard shell/manual/*.md shell/manual/reference.*) $(COOKBOOK)
	$(call documented,adsh.html,$(COOKBOOK))
documents: $(DOCUMENTS)

DEST = $(DESTDIR)$(PREFIX)
UNITS_OF_SYSTEMD = adsh@.service adsh@.timer
EXAMPLES = $(shell find examples -type f ! -path 'examples/packaging/*' ! -path 'examples/adsh@.*' \
	! -path 'examples/cookbook/*' | sort)
COOKBOOK = $(wildcard examples/cookbook/*.md)
COMPLETIONS = share/bash-completion/completions/adsh share/zsh/site-functions/_adsh \
	share/fish/vendor_completions.d/adsh.fish
$(addprefix $(BUILD)/,$(UNITS_OF_SYSTEMD)): $(BUILD)/%: examples/% FORCE
	@mkdir -p $(@D)
	sed 's,/usr/local/bin,$(PREFIX)/bin,' $< > $@

install: $(PROG) $(DOCUMENTS) $(addprefix $(BUILD)/,$(UNITS_OF_SYSTEMD))
	install -Dm755 $(PROG) $(DEST)/bin/adsh
	for f in $(PAGES); do install -Dm644 $(BUILD)/$$f $(DEST)/share/man/man$${f##*.}/$$f || exit 1; done
	install -Dm644 $(BUILD)/adsh.bash $(DEST)/$(word 1,$(COMPLETIONS))
	install -Dm644 $(BUILD)/adsh.zsh $(DEST)/$(word 2,$(COMPLETIONS))
	install -Dm644 $(BUILD)/adsh.fish $(DEST)/$(word 3,$(COMPLETIONS))
	install -Dm644 $(BUILD)/adsh.html $(DEST)/share/doc/adsh/adsh.html
	for f in $(UNITS_OF_SYSTEMD); do install -Dm644 $(BUILD)/$$f $(DEST)/lib/systemd/system/$$f || exit 1; done
	for f in $(COOKBOOK); do sed '/^<!-- /d' $$f | install -Dm644 /dev/stdin \
		$(DEST)/share/doc/adsh/cookbook/$${f##*/} || exit 1; done
	for f in $(filter-out %.sh,$(EXAMPLES)); do install -Dm644 $$f $(DEST)/share/doc/adsh/$$f || exit 1; done
	for f in $(filter %.sh,$(EXAMPLES)); do install -Dm755 $$f $(DEST)/share/doc/adsh/$$f || exit 1; done
uninstall:
	rm -f $(addprefix $(DEST)/lib/systemd/system/,$(UNITS_OF_SYSTEMD)) $(DEST)/bin/adsh $(addprefix $(DEST)/,$(COMPLETIONS)) \
		$(foreach f,$(PAGES),$(DEST)/share/man/man$(subst .,,$(suffix $f))/$f)
	rm -rf $(DEST)/share/doc/adsh

clean:
	rm -rf $(BUILD) $(PROG)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
include tests/tests.mk

FORCE:
.PHONY: all development documents clean install uninstall FORCE
