/* The codecs on standard input and output, for differential tests by another implementation
 * (tests/oracle): each line is "COMMAND ARGUMENT" and answered by one line, "! message" on
 * failure. */
#include "codec/access.h"
#include "codec/crowd.h"
#include "codec/referral.h"
#include "codec/sddl.h"
#include "codec/guid.h"
#include "codec/sid.h"
#include "base/text.h"
#include "vectors.h"

static struct ad_sid domain;

static bool sid_text(struct ad_buf *out, const char *hex, struct ad_err *err)
{
	struct ad_buf in = AD_BUF_INIT;
	char text[AD_SID_TEXT];
	struct ad_sid sid;
	bool ok;

	unhex(&in, hex, strlen(hex));
	ok = ad_sid_decode(&sid, ad_buf_text(&in), in.len, err);
	ad_buf_clear(&in);
	if (!ok)
		return false;
	ad_sid_format(&sid, text);
	ad_buf_puts(out, text);
	return true;
}

static bool sid_bytes(struct ad_buf *out, const char *text, struct ad_err *err)
{
	struct ad_sid sid;

	if (!ad_sid_parse(&sid, text, err))
		return false;
	ad_hex(out, sid.bytes, sid.len);
	return true;
}

static bool guid_text(struct ad_buf *out, const char *hex, struct ad_err *err)
{
	struct ad_buf in = AD_BUF_INIT;
	char text[AD_GUID_TEXT];

	(void)err;
	unhex(&in, hex, strlen(hex));
	ad_guid_format(in.data, text);
	ad_buf_puts(out, text);
	ad_buf_clear(&in);
	return true;
}

static bool guid_bytes(struct ad_buf *out, const char *text, struct ad_err *err)
{
	unsigned char guid[AD_GUID_SIZE];

	if (!ad_guid_parse(guid, text, err))
		return false;
	ad_hex(out, guid, sizeof(guid));
	return true;
}

static bool set_domain(struct ad_buf *out, const char *text, struct ad_err *err)
{
	ad_buf_puts(out, text);
	return ad_sid_parse(&domain, text, err);
}

static bool encode(struct ad_buf *out, const struct ad_sd *sd, struct ad_err *err)
{
	struct ad_buf bytes = AD_BUF_INIT;
	bool ok = ad_sd_encode(sd, &bytes, err);

	ad_hex(out, bytes.data, bytes.len);
	ad_buf_clear(&bytes);
	return ok;
}

static bool decode(struct ad_sd **out, const char *hex, struct ad_err *err)
{
	struct ad_buf in = AD_BUF_INIT;
	bool ok;

	unhex(&in, hex, strlen(hex));
	ok = ad_sd_decode(out, ad_buf_text(&in), in.len, err);
	ad_buf_clear(&in);
	return ok;
}

static bool sd_again(struct ad_buf *out, const char *hex, struct ad_err *err)
{
	struct ad_sd *sd;
	bool ok;

	if (!decode(&sd, hex, err))
		return false;
	ok = encode(out, sd, err);
	ad_sd_free(sd);
	return ok;
}

static bool sd_text(struct ad_buf *out, const char *hex, struct ad_err *err)
{
	struct ad_sd *sd;

	if (!decode(&sd, hex, err))
		return false;
	ad_sddl_format(out, sd, &domain);
	ad_sd_free(sd);
	return true;
}

static bool sd_bytes(struct ad_buf *out, const char *text, struct ad_err *err)
{
	struct ad_sd *sd;
	bool ok;

	if (!ad_sddl_parse(&sd, text, &domain, err))
		return false;
	ok = encode(out, sd, err);
	ad_sd_free(sd);
	return ok;
}

/* "SDHEX met|unmet SID,SID,...": the rights to a file of who is these SIDs */
static bool access_mask(struct ad_buf *out, const char *arg, struct ad_err *err)
{
	char hex[16384], condition[8], sids[4096], *at = sids, *text;
	struct ad_sid token[16];
	struct ad_sd *sd;
	size_t n = 0;

	if (sscanf(arg, "%16383s %7s %4095s", hex, condition, sids) != 3)
		return ad_err_set(err, AD_ERR_USAGE, "usage", 0, "what is this? %s", arg);
	while ((text = strsep(&at, ",")))
		if (n == 16 || !ad_sid_parse(&token[n++], text, err))
			return false;
	if (!decode(&sd, hex, err))
		return false;
	ad_buf_printf(out, "0x%x",
		ad_access_mask(sd, token, n, &ad_generic_file, NULL,
			strcmp(condition, "met") == 0 ? AD_CONDITION_MET : AD_CONDITION_UNMET));
	ad_sd_free(sd);
	return true;
}

static bool crowd_name(struct ad_buf *out, const char *text, struct ad_err *err)
{
	struct ad_sid sid;
	const char *name;

	if (!ad_sid_parse(&sid, text, err))
		return false;
	name = ad_crowd_name(&sid);
	ad_buf_puts(out, name ? name : "-");
	return true;
}

/* "CONSUMED FLAGS [VERSION ROOT FLAGS TTL TARGET NAMES...]..." */
static bool referral(struct ad_buf *out, const char *hex, struct ad_err *err)
{
	struct ad_buf in = AD_BUF_INIT;
	struct ad_referral r;
	bool ok;

	unhex(&in, hex, strlen(hex));
	ok = ad_referral_decode(&r, in.data, in.len);
	ad_buf_clear(&in);
	if (!ok)
		return ad_err_set(err, AD_ERR_FAILED, "data", 0, "malformed");
	ad_buf_printf(out, "%zu %x", r.consumed, r.flags);
	for (size_t i = 0; i < r.n; i++) {
		const struct ad_referral_entry *e = &r.list[i];

		ad_buf_printf(
			out, " [%u %d %x %u %s", e->version, e->root, e->flags, e->ttl, e->target);
		for (size_t k = 0; k < e->n_names; k++)
			ad_buf_printf(out, " %s", e->names[k]);
		ad_buf_puts(out, "]");
	}
	ad_referral_clear(&r);
	return true;
}

static bool referral_ask(struct ad_buf *out, const char *name, struct ad_err *err)
{
	struct ad_buf bytes = AD_BUF_INIT;
	bool ok = ad_referral_ask(&bytes, name) ||
		  ad_err_set(err, AD_ERR_USAGE, "usage", 0, "no UTF-8");

	ad_hex(out, bytes.data, bytes.len);
	ad_buf_clear(&bytes);
	return ok;
}

static const struct {
	const char *name;
	bool (*run)(struct ad_buf *out, const char *arg, struct ad_err *err);
} commands[] = {
	{ "domain", set_domain },
	{ "sid-text", sid_text },
	{ "sid-bytes", sid_bytes },
	{ "guid-text", guid_text },
	{ "guid-bytes", guid_bytes },
	{ "sd-again", sd_again },
	{ "sd-text", sd_text },
	{ "sd-bytes", sd_bytes },
	{ "access", access_mask },
	{ "crowd", crowd_name },
	{ "referral", referral },
	{ "referral-ask", referral_ask },
};

static void answer(const char *command, const char *arg)
{
	struct ad_buf out = AD_BUF_INIT;
	struct ad_err err = { 0 };
	bool ok = false;
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(commands[i].name, command) == 0)
			ok = commands[i].run(&out, arg, &err);
	if (ok)
		printf("%s\n", ad_buf_text(&out));
	else
		printf("! %s\n", err.message);
	fflush(stdout);
	ad_buf_clear(&out);
}

int main(void)
{
	char *line = NULL;
	size_t cap = 0;

	while (getline(&line, &cap, stdin) > 0) {
		char *arg = line + strcspn(line, " \n");

		line[strcspn(line, "\n")] = 0;
		if (*arg)
			*arg++ = 0;
		answer(line, arg);
	}
	free(line);
	return 0;
}
