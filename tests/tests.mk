# Everything about tests, included by the Makefile.

# --- C units: every tests/c/NAME_test.c is one cmocka program, linked with the core ---------
UNITS := $(sort $(patsubst %.c,$(BUILD)/%,$(wildcard tests/c/*_test.c)))

$(BUILD)/tests/c/%_test: $(BUILD)/tests/c/%_test.o $(BUILD)/libad.a
	$(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

unit: $(UNITS)
	@for t in $(UNITS); do echo "== $$t"; $$t || exit 1; done

.PHONY: unit
.SECONDARY:
