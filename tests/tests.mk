# Everything about tests, included by the Makefile. What runs what, and how it is counted, is in
# tests/run.sh; here is what has to be built for it.

SANITIZE = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
ASAN = BUILD=$(BUILD)/asan PROG=$(BUILD)/asan/adsh CFLAGS="$(SANITIZE)" \
	HARDEN="-fPIE -fstack-protector-strong" WERROR=-Werror
FUZZ = BUILD=$(BUILD)/fuzz CC=clang CFLAGS="$(SANITIZE) -fsanitize=fuzzer-no-link" \
	HARDEN=-fPIE WARN=-Wall

# --- C units: every tests/c/NAME_test.c is one cmocka program, linked with the core ---------
UNITS := $(sort $(patsubst %.c,$(BUILD)/%,$(wildcard tests/c/*_test.c)))

$(BUILD)/tests/c/%_test: $(BUILD)/tests/c/%_test.o $(BUILD)/libad.a
	$(call short,LD,$@)$(CC) $(CFLAGS) $(HARDEN_LINK) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

# the codecs on standard input and output, for tests/oracle
JUDGED := $(BUILD)/tests/c/codec_main
$(JUDGED): $(JUDGED).o $(BUILD)/libad.a
	$(call short,LD,$@)$(CC) $(CFLAGS) $(HARDEN_LINK) $(LDFLAGS) -o $@ $^ $(LDLIBS)

units: $(UNITS) $(JUDGED)
unit: units
	@BUILD=$(BUILD) tests/run.sh unit
oracle: all units
	@BUILD=$(BUILD) tests/run.sh oracle

# --- fuzz targets: every tests/fuzz/NAME_fuzz.c, with clang's libFuzzer ----------------------
FUZZERS := $(sort $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/*_fuzz.c)))

$(BUILD)/tests/fuzz/%_fuzz: $(BUILD)/tests/fuzz/%_fuzz.o $(BUILD)/libad.a
	$(call short,LD,$@)$(CC) $(CFLAGS) -fsanitize=fuzzer $(HARDEN_LINK) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# those with a Lua file beside them need the program, all but its main
LUA_FUZZERS := $(patsubst %.lua,$(BUILD)/%_fuzz,$(wildcard tests/fuzz/*.lua))
$(LUA_FUZZERS): $(BUILD)/tests/fuzz/%_fuzz: $(BUILD)/tests/fuzz/%_fuzz.o $(filter-out %/main.o,$(OBJECTS))
	$(call short,LD,$@)$(CC) $(CFLAGS) -fsanitize=fuzzer $(HARDEN_LINK) $(LDFLAGS) -o $@ $^ $(LDLIBS)

fuzzers: $(FUZZERS)

# --- what the benchmarks need: a server that costs nothing, and runners -----------------------
BENCHES := $(sort $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/*.c)))

$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(BUILD)/libad.a
	$(call short,LD,$@)$(CC) $(CFLAGS) $(HARDEN_LINK) $(LDFLAGS) -o $@ $^ $(LDLIBS)

benches: $(BENCHES)

# --- all -------------------------------------------------------------------------------------
setup:
	@tests/needs.sh test
	@tests/setup.sh test

# The set-up may have to install what the lines above ask for, hence the new make; it uses every
# processor, unless -j was said
BUILDING = $(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))
check: setup
	@+$(BUILDING) check-build
	@BUILD=$(BUILD) PROG=$(PROG) tests/run.sh
check-build: all units
	@echo "building with sanitizers, and the fuzz targets"
	@+$(MAKE) --no-print-directory -s $(ASAN) all units
	@+$(MAKE) --no-print-directory -s $(FUZZ) fuzzers

# as check, fuzzing for minutes instead of seconds, and the harmful changes: make soak FUZZ_SECONDS=3600
soak: setup
	@+$(BUILDING) check-build
	@BUILD=$(BUILD) PROG=$(PROG) FUZZ_SECONDS=$(or $(FUZZ_SECONDS),600) ADSH_ROUNDS=1000 tests/run.sh
	@BUILD=$(BUILD) tests/mutate/run.py

# small harmful changes, of which the tests have to notice nine of ten: make mutate MUTATE=csv-
mutate: setup
	@BUILD=$(BUILD) tests/mutate/run.py $(MUTATE)

lint: all
	@BUILD=$(BUILD) PROG=$(PROG) tests/run.sh lint
format:
	clang-format -i $(wildcard shell/*.[ch] shell/*/*.[ch] lua/*.[ch] tests/c/*.[ch] tests/fuzz/*.[ch])

# the Debian package in a clean chroot: make deb SUITE=bookworm; deb-check judges it on bare systems
deb:
	@tests/package/build.sh $(SUITE)
deb-check:
	@tests/package/check.sh $(SUITE)

demo:
	@tests/needs.sh demo
	@tests/setup.sh demo
	@$(MAKE) -q --no-print-directory all || echo "building adsh"
	@+$(BUILDING) -s all
	@tests/demo.sh
bench: setup
	@+$(BUILDING) all benches
	@BUILD=$(BUILD) PROG=$(PROG) tests/bench/run.sh
# a table for people; SIZE=full: as large as in README.md
bench-peers:
	@tests/needs.sh peers
	@tests/setup.sh peers
	@+$(BUILDING) -s all benches
	@BUILD=$(BUILD) PROG=$(PROG) tests/bench/peers.sh

lab:
	@tests/needs.sh demo
	@tests/setup.sh demo
	@tests/lab/up.sh
lab-down:
	@tests/lab/down.sh

.PHONY: units unit oracle fuzzers setup check check-build soak mutate lint format demo bench bench-peers deb deb-check lab lab-down
.SECONDARY:
