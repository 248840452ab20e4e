/* The machine's log. See log.h. */
#include "log.h"

#include "base/buf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#define SOCKET "/run/systemd/journal/socket"

/* Control characters must not forge a line. quote: one that ends the value is escaped, or 0 */
static void add_line(struct ad_buf *b, const char *text, char quote)
{
	for (; *text; text++) {
		if (quote && (*text == quote || *text == '\\'))
			ad_buf_addc(b, '\\');
		ad_buf_addc(b, iscntrl((unsigned char)*text) ? ' ' : (unsigned char)*text);
	}
}

/* What would end a value makes quotes necessary. */
static void add_value(struct ad_buf *b, const char *value)
{
	bool plain = *value != 0;

	for (const char *p = value; *p; p++)
		plain = plain && !iscntrl((unsigned char)*p) && !strchr(" \"=", *p);
	if (!plain)
		ad_buf_addc(b, '"');
	add_line(b, value, '"');
	if (!plain)
		ad_buf_addc(b, '"');
}

void ad_log_syslog(bool failed, const char *message, const struct ad_log_field *f, size_t n)
{
	struct ad_buf b = AD_BUF_INIT;
	size_t i;

	add_line(&b, message, 0);
	for (i = 0; i < n; i++) {
		ad_buf_printf(&b, " %s=", f[i].name);
		add_value(&b, f[i].value);
	}
	openlog("adsh", LOG_PID, LOG_DAEMON);
	syslog(failed ? LOG_ERR : LOG_INFO, "%s", ad_buf_text(&b));
	closelog();
	ad_buf_clear(&b);
}

/* A value with a line end goes out with its length in front: 64 bits, little-endian. */
static void add_field(struct ad_buf *b, const char *prefix, const char *name, const char *value)
{
	size_t n = strlen(value);

	ad_buf_printf(b, "%s%s", prefix, name);
	if (strchr(value, '\n')) {
		ad_buf_addc(b, '\n');
		ad_buf_u32(b, (uint32_t)n);
		ad_buf_u32(b, 0);
	} else {
		ad_buf_addc(b, '=');
	}
	ad_buf_add(b, value, n);
	ad_buf_addc(b, '\n');
}

bool ad_log_journal(bool failed, const char *message, const struct ad_log_field *f, size_t n,
	struct ad_err *err)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = SOCKET };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ad_buf b = AD_BUF_INIT;
	bool ok;
	size_t i;

	add_field(&b, "", "MESSAGE", message);
	add_field(&b, "", "PRIORITY", failed ? "3" : "6");
	add_field(&b, "", "SYSLOG_IDENTIFIER", "adsh");
	for (i = 0; i < n; i++)
		add_field(&b, "ADSH_", f[i].name, f[i].value);
	ok = fd >= 0 &&
	     sendto(fd, b.data, b.len, MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof to) >= 0;
	if (!ok)
		ad_err_errno(err, "the systemd journal does not accept records");
	if (fd >= 0)
		close(fd);
	ad_buf_clear(&b);
	return ok;
}
