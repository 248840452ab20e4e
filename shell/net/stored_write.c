/* Making a snapshot, record by record: what is ready is taken away, so that no more is held than
 * one entry and what zlib needs. See stored.h. */
#include "net/stored_priv.h"

#include "base/mem.h"
#include "base/text.h"
#include "codec/metadata.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define PIECE 65536

struct ad_stored_writer {
	z_stream z;
	struct ad_buf out, record;
	size_t objects;
};

struct ad_stored_writer *ad_stored_writer_new(void)
{
	struct ad_stored_writer *w = ad_alloc(sizeof *w);

	ad_buf_printf(&w->out, AD_STORED_MAGIC "%d\n", AD_STORED_VERSION);
	if (deflateInit(&w->z, Z_DEFAULT_COMPRESSION) != Z_OK)
		abort(); /* of a version that is not ours */
	return w;
}

void ad_stored_writer_free(struct ad_stored_writer *w)
{
	if (!w)
		return;
	deflateEnd(&w->z);
	ad_buf_clear(&w->out);
	ad_buf_clear(&w->record);
	free(w);
}

static void squeeze(struct ad_stored_writer *w, const void *p, size_t n, int flush)
{
	unsigned char piece[PIECE];

	w->z.next_in = (Bytef *)p;
	w->z.avail_in = (uInt)n;
	do {
		w->z.next_out = piece;
		w->z.avail_out = sizeof piece;
		deflate(&w->z, flush);
		ad_buf_add(&w->out, piece, sizeof piece - w->z.avail_out);
	} while (w->z.avail_out == 0);
}

static void begin(struct ad_stored_writer *w, char type, const char *dn)
{
	w->record.len = 0;
	ad_buf_addc(&w->record, (unsigned char)type);
	ad_buf_u32(&w->record, 0);
	ad_buf_u32(&w->record, (uint32_t)strlen(dn));
	ad_buf_add(&w->record, dn, strlen(dn) + 1);
}

static void end(struct ad_stored_writer *w)
{
	size_t n = w->record.len - 5;

	for (size_t i = 0; i < 4; i++)
		w->record.data[1 + i] = (unsigned char)(n >> 8 * i);
	squeeze(w, w->record.data, w->record.len, Z_NO_FLUSH);
	w->objects += *w->record.data == 'E';
}

static void add_metadata(
	struct ad_stored_writer *w, const struct ad_value *name, struct ad_entry_walk *walk)
{
	struct ad_buf trimmed = AD_BUF_INIT, v = AD_BUF_INIT;
	struct ad_value value;

	if (ad_entry_walk_value(walk, &value))
		ad_metadata_trim(&trimmed, value.data, value.len);
	if (trimmed.len) {
		ad_entry_put_value(&v, trimmed.data, trimmed.len);
		ad_entry_put(&w->record, name, v.data, v.len);
	}
	ad_buf_clear(&trimmed);
	ad_buf_clear(&v);
}

void ad_stored_put(struct ad_stored_writer *w, char type, const struct ad_entry *e)
{
	struct ad_entry_walk walk;
	struct ad_value name;

	begin(w, type, ad_entry_dn(e));
	for (ad_entry_walk_start(e, &walk); ad_entry_walk_attr(&walk, &name);)
		if (ad_casecmp(name.data, name.len, "replPropertyMetaData", 20) == 0)
			add_metadata(w, &name, &walk);
		else
			ad_entry_put(&w->record, &name, walk.v, (size_t)(walk.vend - walk.v));
	end(w);
}

static bool same(const struct ad_value *a, const struct ad_value *b)
{
	return ad_casecmp(a->data, a->len, b->data, b->len) == 0;
}

void ad_stored_put_fields(struct ad_stored_writer *w, char type, const char *dn,
	const struct ad_value *fields, size_t n)
{
	struct ad_buf values = AD_BUF_INIT;
	size_t i = 0;

	begin(w, type, dn);
	while (i + 1 < n) {
		const struct ad_value *name = &fields[i];

		values.len = 0;
		for (; i + 1 < n && same(&fields[i], name); i += 2)
			ad_entry_put_value(&values, fields[i + 1].data, fields[i + 1].len);
		ad_entry_put(&w->record, name, values.data, values.len);
	}
	ad_buf_clear(&values);
	end(w);
}

void ad_stored_finish(struct ad_stored_writer *w)
{
	char objects[32];
	struct ad_value fields[2] = { { "objects", 7 }, { objects, 0 } };

	fields[1].len = (size_t)snprintf(objects, sizeof objects, "%zu", w->objects);
	ad_stored_put_fields(w, 'Z', "", fields, 2);
	squeeze(w, "", 0, Z_FINISH);
}

void ad_stored_take(struct ad_stored_writer *w, struct ad_buf *out)
{
	ad_buf_add(out, w->out.data, w->out.len);
	w->out.len = 0;
}

size_t ad_stored_written(const struct ad_stored_writer *w)
{
	return w->objects;
}
