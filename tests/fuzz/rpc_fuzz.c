/* An answer in fragments, as a pipe delivers it: cut anywhere, it gives the same. The first byte
 * says how long the pieces are. */
#include "fuzz.h"
#include "net/rpc.h"

#define CALL 2

/* In pieces of that many bytes; 0: at once. */
static int take(struct ad_buf *out, const uint8_t *p, size_t n, size_t piece)
{
	struct ad_rpc_answer a = { .call = CALL };
	struct ad_buf in = AD_BUF_INIT;
	size_t at = 0;
	int rc = 0;

	if (piece == 0)
		piece = n;
	while (rc == 0 && at < n) {
		size_t some = n - at < piece ? n - at : piece;

		ad_buf_add(&in, p + at, some);
		at += some;
		rc = ad_rpc_take(&a, &in, out);
	}
	ensure(rc != 1 || in.len == 0);
	ad_buf_clear(&in);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ad_buf whole = AD_BUF_INIT, pieces = AD_BUF_INIT;
	int a, b;

	if (size == 0)
		return 0;
	a = take(&whole, data + 1, size - 1, 0);
	b = take(&pieces, data + 1, size - 1, data[0] % 64 + 1);
	ensure(whole.len < size && pieces.len < size);
	/* what follows the last fragment is seen only when it has come */
	ensure(a == b || (a == -1 && b == 1));
	ensure(a != 1 || same_bytes(&whole, &pieces));
	ad_buf_clear(&whole);
	ad_buf_clear(&pieces);
	return 0;
}
