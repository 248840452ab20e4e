/* What stands behind the SID of an entry, as a condition and as a resource attribute. Bytes that
 * have a text are read from it as bytes with the same text; a text that is read becomes bytes that
 * have one, from which the same bytes are read. */
#include "codec/claim.h"
#include "codec/condition.h"
#include "codec/sddl.h"
#include "fuzz.h"

#define LONGEST 256 /* more bytes are no other case */

struct form {
	bool (*format)(struct ad_buf *, const unsigned char *, size_t, const struct ad_sid *domain);
	bool (*scan)(struct ad_scan *, struct ad_buf *);
	uint8_t type;
};

static const struct form forms[] = {
	{ ad_condition_format, ad_condition_scan, AD_ACE_ALLOW_CALLBACK },
	{ ad_claim_format, ad_claim_scan, AD_ACE_RESOURCE_ATTRIBUTE },
};

static bool read_text(const struct form *f, struct ad_buf *out, const char *text)
{
	struct ad_scan s = { text, text, NULL, NULL };
	size_t start = out->len;

	if (!f->scan(&s, out) || *s.at)
		return false;
	ensure(s.at == text + strlen(text) && (out->len - start) % 4 == 0);
	return true;
}

/* An entry is read as it was from its text, with or without a text for what is behind the SID. */
static void whole(const struct form *f, const uint8_t *p, size_t n)
{
	struct ad_ace ace = { .type = f->type, .data = (unsigned char *)p, .data_len = n };
	struct ad_buf text = AD_BUF_INIT;
	struct ad_sd *sd;

	ad_sid_parse(&ace.sid, "S-1-1-0", NULL);
	ad_buf_puts(&text, "D:");
	ad_sddl_format_ace(&text, &ace, NULL);
	ensure(ad_sddl_parse(&sd, ad_buf_text(&text), NULL, NULL));
	ensure(sd->dacl->count == 1 && ad_ace_equal(&sd->dacl->ace[0], &ace));
	ad_sd_free(sd);
	ad_buf_clear(&text);
}

static void bytes(const struct form *f, const uint8_t *p, size_t n)
{
	struct ad_buf text = AD_BUF_INIT, back = AD_BUF_INIT, again = AD_BUF_INIT;

	if (f->format(&text, p, n, NULL) && read_text(f, &back, ad_buf_text(&text))) {
		ensure(f->format(&again, back.data, back.len, NULL));
		ensure(same_bytes(&text, &again));
	}
	ad_buf_clear(&text);
	ad_buf_clear(&back);
	ad_buf_clear(&again);
}

static void text(const struct form *f, const char *given)
{
	struct ad_buf read = AD_BUF_INIT, formatted = AD_BUF_INIT, again = AD_BUF_INIT;

	/* without a text: control characters, and what is nested too deep */
	if (read_text(f, &read, given) && f->format(&formatted, read.data, read.len, NULL)) {
		ensure(read_text(f, &again, ad_buf_text(&formatted)));
		ensure(same_bytes(&read, &again));
	}
	ad_buf_clear(&read);
	ad_buf_clear(&formatted);
	ad_buf_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct form *f =
		&forms[size > 0 && data[0] == '\1']; /* any byte, then what is read */
	char *given;

	if (size == 0)
		return 0;
	size = size - 1 < LONGEST ? size - 1 : LONGEST;
	given = ad_strndup((const char *)data + 1, size);
	bytes(f, data + 1, size);
	whole(f, data + 1, size);
	text(f, given);
	free(given);
	return 0;
}
