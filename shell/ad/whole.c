/* Objects that come or go as a whole. See whole.h. */
#include "ad/whole.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/dn.h"
#include "codec/ldap_codes.h"
#include "net/ldap_write.h"
#include "plan/object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

/* The object itself; NULL when there is none. */
static bool read_object(struct ad_entry **out, const struct ad_whole *w, struct ad_ldap *ld,
	const char *dn, const char *guid, struct ad_err *err)
{
	char *by_guid = guid ? ad_format("<GUID=%s>", guid) : NULL;
	struct ad_err own;
	bool ok;

	err = err ? err : &own;
	*out = NULL;
	ok = ad_search_base(out, ld, by_guid ? by_guid : dn, w->attrs, err);
	free(by_guid);
	return ok || err->kind == AD_ERR_NOTFOUND;
}

/* What c is about. Of what was made twice, since it was taken back in between, the GUID that c
 * knows may be that of the first one. */
static bool find_object(struct ad_entry **out, const struct ad_whole *w, const struct ad_change *c,
	struct ad_err *err)
{
	return read_object(out, w, c->ld, c->dn, c->guid, err) &&
	       (*out || !c->guid || !ad_change_makes(c) ||
		       read_object(out, w, c->ld, c->dn, NULL, err));
}

static bool as_entry(struct ad_entry **out, const struct ad_whole *w, struct ad_entry *object,
	const char *dn, struct ad_err *err)
{
	struct ad_buf attrs = AD_BUF_INIT;
	struct ad_list l = { NULL, 0 };
	bool ok;

	if (object) {
		dn = ad_entry_dn(object);
		w->describe(&l, object);
		ad_list_encode(&l, w->existence, &attrs);
		for (const char *const *a = w->kept; *a; a++) {
			struct ad_list values = ad_list_borrow(object, *a);

			ad_list_encode(&values, *a, &attrs);
		}
	}
	ok = ad_entry_decode(out, dn, strlen(dn),
		attrs.len ? attrs.data : (const unsigned char *)"", attrs.len, err);
	ad_list_clear(&l);
	ad_buf_clear(&attrs);
	return ok;
}

bool ad_whole_read(struct ad_entry **out, const struct ad_change *c, struct ad_err *err)
{
	const struct ad_whole *w = c->kind->whole;
	struct ad_entry *object;
	bool ok;

	if (!find_object(&object, w, c, err))
		return false;
	ok = as_entry(out, w, object, c->dn, err);
	ad_entry_free(object);
	return ok;
}

bool ad_whole_at(struct ad_entry **out, const struct ad_whole *w, struct ad_ldap *ld,
	const char *dn, struct ad_err *err)
{
	struct ad_entry *object;
	bool ok;

	if (!read_object(&object, w, ld, dn, NULL, err))
		return false;
	ok = as_entry(out, w, object, dn, err);
	ad_entry_free(object);
	return ok;
}

/* ---- one request ---- */

struct one {
	const struct ad_request *request;
	enum ad_answer answer;
	struct ad_err err;
};

static bool next(void *arg, size_t i, struct ad_request *r)
{
	(void)i;
	*r = *((struct one *)arg)->request;
	return true;
}

static void answer(void *arg, size_t i, enum ad_answer got, const struct ad_err *err)
{
	struct one *o = arg;

	(void)i;
	o->answer = got;
	if (err)
		o->err = *err;
}

static bool send_one(struct ad_ldap *ld, const struct ad_request *r, struct ad_err *err)
{
	struct one o = { .request = r };
	struct ad_pipeline p = { .arg = &o, .next = next, .answer = answer };
	bool ok = ad_ldap_pipeline(ld, 1, &p, err);

	if (o.answer == AD_ANSWER_DONE)
		return true;
	if (o.answer != AD_ANSWER_NONE)
		*err = o.err;
	else if (ok)
		ad_err_set(err, AD_ERR_FAILED, "guard", 0, "it was not sent");
	if (o.answer == AD_ANSWER_SENT)
		err->kind = AD_ERR_CONNECT; /* nobody knows what became of it */
	return false;
}

/* ---- making ---- */

struct ad_whole_add {
	struct ad_mod *mods;
	struct ad_list *lists;
	size_t n;
};

void ad_whole_put(struct ad_whole_add *a, const char *attr, const struct ad_value *v, size_t n)
{
	struct ad_list values = { NULL, 0 };

	for (size_t i = 0; i < n; i++)
		if (v[i].len)
			ad_list_add(&values, v[i].data, v[i].len);
	if (values.n == 0)
		return;
	a->mods = ad_realloc(a->mods, a->n + 1, sizeof *a->mods);
	a->lists = ad_realloc(a->lists, a->n + 1, sizeof *a->lists);
	a->lists[a->n] = values;
	a->mods[a->n++] = (struct ad_mod){ AD_MOD_ADD, attr, values.v, values.n };
}

void ad_whole_put_text(struct ad_whole_add *a, const char *attr, const char *text)
{
	struct ad_value v = { text, text ? strlen(text) : 0 };

	ad_whole_put(a, attr, &v, 1);
}

static void explain_add(struct ad_err *err, const struct ad_whole *w, const struct ad_change *c)
{
	const char *parent = ad_dn_parent(c->dn);

	if (err->code == AD_LDAP_ALREADY_EXISTS) {
		err->kind = AD_ERR_CONFLICT;
		snprintf(
			err->message, sizeof err->message, "an object of this name already exists");
	} else if (err->code == AD_LDAP_INSUFFICIENT_ACCESS) {
		snprintf(err->message, sizeof err->message, "no right to create a %s in %s",
			w->noun, parent ? parent : c->dn);
		if (w->who)
			ad_err_hint(err, "%s", w->who);
		else
			ad_err_hint(err,
				"this requires the right to create %s objects there: have it granted to you, or name another container",
				w->object_class);
	}
}

static bool make(const struct ad_whole *w, const struct ad_change *c, struct ad_err *err)
{
	struct ad_whole_add a = { NULL, NULL, 0 };
	struct ad_request r = { .kind = AD_REQUEST_ADD, .dn = c->dn };
	bool ok;

	ad_whole_put_text(&a, "objectClass", w->object_class);
	ok = w->fill(&a, c, err);
	if (ok) {
		r.mods = a.mods;
		r.n = a.n;
		ok = send_one(c->ld, &r, err);
		if (!ok)
			explain_add(err, w, c);
	}
	while (a.n)
		ad_list_clear(&a.lists[--a.n]);
	free(a.mods);
	free(a.lists);
	return ok;
}

/* What it was given by the DC. Without an answer it stays open, and the read-back has its say. */
static void learn(const struct ad_whole *w, struct ad_change *c)
{
	struct ad_entry *e;
	struct ad_sid sid;
	char *guid;

	if (!read_object(&e, w, c->ld, c->dn, NULL, NULL) || !e)
		return;
	guid = ad_object_guid(e);
	if (guid && ad_object_sid(&sid, e)) {
		free(c->guid);
		c->guid = guid;
		c->sid = sid;
	} else {
		free(guid);
	}
	ad_entry_free(e);
}

/* ---- deleting ---- */

static bool is_free(struct ad_entry *object, struct ad_err *err)
{
	const struct ad_value *v;

	if (ad_entry_values(object, "memberOf", &v) == 0)
		return true;
	ad_err_set(err, AD_ERR_CONFLICT, "guard", 0, "it is a member of %.*s, so it is not deleted",
		(int)v[0].len, v[0].data);
	ad_err_where(err, "delete", ad_entry_dn(object));
	return ad_err_hint(err, "remove it from that group first");
}

/* Values that were not there when it was made. */
static const char *find_more(const struct ad_change *c, struct ad_entry *now)
{
	for (const struct ad_kind_attribute *a = c->kind->attributes; a->name; a++)
		if (!ad_change_find(c, a->name) && ad_entry_values(now, a->name, NULL))
			return a->name;
	return NULL;
}

static bool remove_object(const struct ad_change *c, struct ad_entry *object, struct ad_err *err)
{
	struct ad_request r = { .kind = AD_REQUEST_DELETE, .dn = ad_entry_dn(object) };

	return is_free(object, err) && send_one(c->ld, &r, err);
}

/* ---- the kind ---- */

static bool clash(
	const struct ad_whole *w, const struct ad_change *c, const char *what, struct ad_err *err)
{
	ad_err_set(err, AD_ERR_CONFLICT, "guard", 0, "someone else has %s this %s", what, w->noun);
	return ad_err_where(err, "write the object", c->dn);
}

static bool write_now(const struct ad_whole *w, struct ad_change *c, struct ad_entry *object,
	struct ad_entry *now, struct ad_err *err)
{
	bool makes = ad_change_makes(c);

	if (!makes && !ad_change_removes(c))
		return clash(w, c, "created or edited", err);
	if (makes && object)
		return clash(w, c, "created an object with the name of", err);
	if (!ad_change_fits(c, now, err))
		return false;
	if (!makes && find_more(c, now))
		return clash(w, c, "edited, so it is not deleted,", err);
	if (!makes)
		return remove_object(c, object, err);
	if (!make(w, c, err))
		return false;
	learn(w, c);
	return true;
}

bool ad_whole_write(struct ad_change *c, struct ad_err *err)
{
	const struct ad_whole *w = c->kind->whole;
	struct ad_entry *object = NULL, *now = NULL;
	bool ok = ad_ldap_fresh(c->ld, err) && find_object(&object, w, c, err) &&
		  as_entry(&now, w, object, c->dn, err);

	if (ok)
		ok = write_now(w, c, object, now, err);
	else if (err->kind == AD_ERR_CONNECT)
		err->kind = AD_ERR_FAILED; /* nothing was sent */
	ad_entry_free(object);
	ad_entry_free(now);
	return ok;
}

static bool lists(struct ad_entry *e, const char *attr, const char *word)
{
	const struct ad_value *v;
	size_t n = ad_entry_values(e, attr, &v);

	while (n-- > 0)
		if (ad_casecmp(v[n].data, v[n].len, word, strlen(word)) == 0)
			return true;
	return false;
}

/* allowedChildClassesEffective, [MS-ADTS] 3.1.1.4.5.22; a DC that does not tell will refuse by
 * itself. */
bool ad_whole_may(const struct ad_change *c, struct ad_err *err)
{
	const struct ad_whole *w = c->kind->whole;
	static const char *const attrs[] = { "allowedChildClasses", "allowedChildClassesEffective",
		NULL };
	const char *parent = ad_dn_parent(c->dn);
	struct ad_entry *e;
	bool ok;

	if (!ad_change_makes(c) || !parent)
		return true;
	if (!ad_search_base(&e, c->ld, parent, attrs, err))
		return err->kind == AD_ERR_NOTFOUND || /* the plan makes it, or the server tells */
		       ad_err_where(err, "create the object", c->dn);
	ok = !lists(e, attrs[0], w->object_class) || lists(e, attrs[1], w->object_class);
	ad_entry_free(e);
	if (ok)
		return true;
	ad_err_set(err, AD_ERR_FAILED, "ldap", AD_LDAP_INSUFFICIENT_ACCESS, "no right");
	explain_add(err, w, c);
	return ad_err_where(err, "create the object", c->dn);
}

/* ---- places ---- */

char *ad_whole_dn(const char *container, const char *name)
{
	struct ad_buf dn = AD_BUF_INIT;

	ad_buf_puts(&dn, "CN=");
	ad_dn_escape(&dn, name, strlen(name));
	ad_buf_printf(&dn, ",%s", container);
	return ad_buf_steal(&dn);
}

bool ad_whole_container(
	char **out, struct ad_ldap *ld, const char *dn, const char *wkguid, struct ad_err *err)
{
	static const char *const attrs[] = { "objectClass", NULL };
	char *known = ad_format("<WKGUID=%s,%s>", wkguid, ad_ldap_info(ld)->base);
	struct ad_entry *e;
	bool ok = ad_search_base(&e, ld, dn ? dn : known, attrs, err);

	if (ok) {
		*out = ad_strdup(ad_entry_dn(e));
		ad_entry_free(e);
	} else {
		ad_err_where(err, "find the container for new objects", dn);
	}
	free(known);
	return ok;
}
