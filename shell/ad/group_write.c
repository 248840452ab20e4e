/* Groups that come or go as a whole: read, compared, written. See group.h. */
#include "ad/group.h"
#include "ad/identity.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/dn.h"
#include "codec/guid.h"
#include "codec/ldap_codes.h"
#include "net/ldap_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What people fill in: as long as all of it is as it was made, nobody else has taken it over. */
static const char *const told[] = { "description", "displayName", "info", "mail", "managedBy" };

#define TOLD (sizeof told / sizeof *told)

/* ---- reading ---- */

static void add_scope(struct ad_list *l, uint32_t type)
{
	char *text = ad_format(
		"%s%s", ad_group_scope_name(type), type & AD_GROUP_SECURITY ? "" : " distribution");

	ad_list_put(l, "scope", text);
	free(text);
}

static void describe(struct ad_list *l, struct ad_entry *e)
{
	const struct ad_value *v;
	char *text = ad_entry_text(e, "sAMAccountName");

	ad_list_put(l, "name", text);
	free(text);
	if (ad_entry_values(e, "groupType", NULL)) {
		add_scope(l, (uint32_t)ad_entry_number(e, "groupType", 0));
	} else {
		text = ad_identity_class(e);
		ad_list_put(l, "class", text);
		free(text);
	}
	for (size_t i = 0; i < TOLD; i++)
		for (size_t k = 0, n = ad_entry_values(e, told[i], &v); k < n; k++) {
			text = ad_strndup(v[k].data, v[k].len);
			ad_list_put(l, told[i], text);
			free(text);
		}
}

/* The object itself; NULL when there is none. */
static bool read_object(struct ad_entry **out, struct ad_ldap *ld, const char *dn, const char *guid,
	struct ad_err *err)
{
	static const char *const attrs[] = { "objectClass", "objectGUID", "objectSid", "groupType",
		"sAMAccountName", "description", "displayName", "info", "mail", "managedBy",
		AD_MEMBER, "memberOf", NULL };
	char *by_guid = guid ? ad_format("<GUID=%s>", guid) : NULL;
	struct ad_err own;
	bool ok;

	err = err ? err : &own;
	*out = NULL;
	ok = ad_search_base(out, ld, by_guid ? by_guid : dn, attrs, err);
	free(by_guid);
	return ok || err->kind == AD_ERR_NOTFOUND;
}

static void add_values(struct ad_buf *attrs, struct ad_entry *e, const char *attr)
{
	struct ad_list l = ad_list_borrow(e, attr);

	ad_list_encode(&l, attr, attrs);
}

static bool as_group(
	struct ad_entry **out, struct ad_entry *object, const char *dn, struct ad_err *err)
{
	static const char *const kept[] = { AD_MEMBER, "memberOf", "objectGUID", "objectSid" };
	struct ad_buf attrs = AD_BUF_INIT;
	struct ad_list l = { NULL, 0 };
	bool ok;

	if (object) {
		dn = ad_entry_dn(object);
		describe(&l, object);
		ad_list_encode(&l, AD_GROUP, &attrs);
		for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
			add_values(&attrs, object, kept[i]);
	}
	ok = ad_entry_decode(out, dn, strlen(dn),
		attrs.len ? attrs.data : (const unsigned char *)"", attrs.len, err);
	ad_list_clear(&l);
	ad_buf_clear(&attrs);
	return ok;
}

bool ad_group_read(struct ad_entry **out, struct ad_ldap *ld, const char *dn, const char *guid,
	struct ad_err *err)
{
	struct ad_entry *object;
	bool ok;

	if (!read_object(&object, ld, dn, guid, err))
		return false;
	ok = as_group(out, object, dn, err);
	ad_entry_free(object);
	return ok;
}

static bool kind_read(struct ad_entry **out, const struct ad_change *c, struct ad_err *err)
{
	return ad_group_read(out, c->ld, c->dn, c->guid, err);
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

static void answer(void *arg, size_t i, enum ad_answer answer, const struct ad_err *err)
{
	struct one *o = arg;

	(void)i;
	o->answer = answer;
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

/* AD writes 32 bits with a sign. */
static bool parse_type(char out[16], const struct ad_list *is, struct ad_err *err)
{
	char *text = ad_list_value(is, "scope");
	enum ad_group_scope scope = AD_GROUP_SCOPE_GLOBAL;
	bool ok = ad_group_scope_parse(&scope, text ? text : "", err);

	free(text);
	snprintf(out, 16, "%ld", (long)(int32_t)ad_group_type(scope));
	return ok;
}

static void explain_add(struct ad_err *err, const struct ad_change *c)
{
	const char *parent = ad_dn_parent(c->dn);

	if (err->code == AD_LDAP_ALREADY_EXISTS) {
		err->kind = AD_ERR_CONFLICT;
		snprintf(err->message, sizeof err->message,
			"something of this name was made by somebody else meanwhile");
	} else if (err->code == AD_LDAP_INSUFFICIENT_ACCESS) {
		snprintf(err->message, sizeof err->message, "not allowed to make groups in %s",
			parent ? parent : c->dn);
		ad_err_hint(err,
			"this needs the right to create group objects there: have it given to you, or name another container");
	}
}

static struct ad_mod mod(const char *attr, const struct ad_value *v, size_t n)
{
	return (struct ad_mod){ AD_MOD_ADD, attr, v, n };
}

static bool add(const struct ad_change *c, const struct ad_edit *is, struct ad_err *err)
{
	const struct ad_edit *edit = ad_change_find(c, AD_MEMBER);
	char *name = ad_list_value(&is->after, "name"), type[16];
	char *text = ad_list_value(&is->after, "description");
	struct ad_value v[] = { { "group", 5 }, { name, name ? strlen(name) : 0 }, { type, 0 },
		{ text, text ? strlen(text) : 0 } };
	struct ad_mod mods[5] = { mod("objectClass", &v[0], 1), mod("sAMAccountName", &v[1], 1),
		mod("groupType", &v[2], 1) };
	struct ad_request r = { AD_REQUEST_ADD, c->dn, mods, 3 };
	struct ad_list members = { NULL, 0 };
	bool ok = name ? parse_type(type, &is->after, err)
		       : ad_err_set(err, AD_ERR_USAGE, "usage", 0, "a group needs a name");

	if (edit)
		ad_list_copy(&members, &edit->after);
	ad_group_wire(AD_MEMBER, &members);
	if (text)
		mods[r.n++] = mod("description", &v[3], 1);
	if (members.n)
		mods[r.n++] = mod(AD_MEMBER, members.v, members.n);
	if (ok) {
		v[2].len = strlen(type);
		ok = send_one(c->ld, &r, err);
		if (!ok)
			explain_add(err, c);
	}
	ad_list_clear(&members);
	free(name);
	free(text);
	return ok;
}

/* What it was given by the DC. Without an answer it stays open, and the read-back has its say. */
static void learn(struct ad_change *c)
{
	char guid[AD_GUID_TEXT];
	struct ad_entry *e;
	struct ad_value v;
	struct ad_sid sid;

	if (!ad_group_read(&e, c->ld, c->dn, NULL, NULL))
		return;
	if (ad_entry_first(e, "objectSid", &v) && ad_sid_decode(&sid, v.data, v.len, NULL) &&
		ad_entry_first(e, "objectGUID", &v) && v.len == AD_GUID_SIZE) {
		ad_guid_format((const unsigned char *)v.data, guid);
		free(c->guid);
		c->guid = ad_strdup(guid);
		c->sid = sid;
	}
	ad_entry_free(e);
}

/* ---- deleting ---- */

static bool is_free(struct ad_entry *object, struct ad_err *err)
{
	const struct ad_value *v;

	if (ad_entry_values(object, "memberOf", &v) == 0)
		return true;
	ad_err_set(err, AD_ERR_CONFLICT, "guard", 0,
		"it was made a member of %.*s, which this run has not done: it is not deleted",
		(int)v[0].len, v[0].data);
	ad_err_where(err, "delete", ad_entry_dn(object));
	return ad_err_hint(err, "take it out of that group first, or leave it");
}

static bool delete_group(const struct ad_change *c, struct ad_entry *object, struct ad_err *err)
{
	struct ad_request r = { .kind = AD_REQUEST_DELETE, .dn = ad_entry_dn(object) };

	return is_free(object, err) && send_one(c->ld, &r, err);
}

/* ---- the kind ---- */

static bool clash(const struct ad_change *c, const char *what, struct ad_err *err)
{
	ad_err_set(err, AD_ERR_CONFLICT, "guard", 0, "%s", what);
	return ad_err_where(err, "make the group", c->dn);
}

static bool write_now(
	struct ad_change *c, struct ad_entry *object, struct ad_entry *now, struct ad_err *err)
{
	const struct ad_edit *is = ad_change_find(c, AD_GROUP);

	if (!is || (is->before.n && is->after.n))
		return clash(c, "somebody else has made or edited this group meanwhile", err);
	if (is->after.n && object)
		return clash(c, "something of this name was made by somebody else meanwhile", err);
	if (!ad_change_fits(c, now, err))
		return false;
	if (!is->after.n && !ad_change_find(c, AD_MEMBER) && ad_entry_values(now, AD_MEMBER, NULL))
		return clash(c, "somebody else has given it members: it is not deleted", err);
	if (!is->after.n)
		return delete_group(c, object, err);
	if (!add(c, is, err))
		return false;
	learn(c);
	return true;
}

static bool kind_write(struct ad_change *c, struct ad_err *err)
{
	struct ad_entry *object = NULL, *now = NULL;
	bool ok = ad_ldap_fresh(c->ld, err) && read_object(&object, c->ld, c->dn, c->guid, err) &&
		  as_group(&now, object, c->dn, err);

	if (ok)
		ok = write_now(c, object, now, err);
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
static bool kind_may(const struct ad_change *c, struct ad_err *err)
{
	static const char *const attrs[] = { "allowedChildClasses", "allowedChildClassesEffective",
		NULL };
	const char *parent = ad_dn_parent(c->dn);
	struct ad_entry *e;
	bool ok;

	if (!ad_group_is_made(c) || !parent)
		return true;
	if (!ad_search_base(&e, c->ld, parent, attrs, err))
		return ad_err_where(err, "make the group", c->dn);
	ok = !lists(e, attrs[0], "group") || lists(e, attrs[1], "group");
	ad_entry_free(e);
	if (ok)
		return true;
	ad_err_set(err, AD_ERR_FAILED, "ldap", AD_LDAP_INSUFFICIENT_ACCESS, "no right");
	explain_add(err, c);
	return ad_err_where(err, "make the group", c->dn);
}

bool ad_group_is_made(const struct ad_change *c)
{
	const struct ad_edit *is = ad_change_find(c, AD_GROUP);

	return is && !is->before.n && is->after.n;
}

const struct ad_change *ad_group_coming(struct ad_plan *p, const char *name)
{
	for (size_t i = 0; i < ad_plan_count(p); i++)
		if (ad_group_is_made(ad_plan_at(p, i)) && ad_caseeq(ad_plan_at(p, i)->label, name))
			return ad_plan_at(p, i);
	return NULL;
}

const struct ad_change_kind *ad_group_kind(const char *attr)
{
	static const struct ad_change_kind kind = { true, kind_read, kind_write, kind_may };

	return strcmp(attr, AD_GROUP) == 0 ? &kind : NULL;
}
