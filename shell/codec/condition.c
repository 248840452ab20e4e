/* Conditional expressions to text. See condition.h; condition_parse.c reads. */
#include "codec/condition.h"
#include "base/mem.h"
#include "codec/sddl_value.h"

#include <stdlib.h>
#include <string.h>

#define NONE SIZE_MAX

const struct ad_condition_operator ad_condition_operators[] = {
	{ 0x80, AD_OPERATOR_EQUAL, "==" },
	{ 0x81, AD_OPERATOR_EQUAL, "!=" },
	{ 0x83, AD_OPERATOR_ORDER, "<=" },
	{ 0x82, AD_OPERATOR_ORDER, "<" },
	{ 0x85, AD_OPERATOR_ORDER, ">=" },
	{ 0x84, AD_OPERATOR_ORDER, ">" },
	{ 0x86, AD_OPERATOR_SET, "Contains" },
	{ 0x88, AD_OPERATOR_SET, "Any_of" },
	{ 0x8e, AD_OPERATOR_SET, "Not_Contains" },
	{ 0x8f, AD_OPERATOR_SET, "Not_Any_of" },
	{ 0x89, AD_OPERATOR_MEMBER, "Member_of" },
	{ 0x8a, AD_OPERATOR_MEMBER, "Device_Member_of" },
	{ 0x8b, AD_OPERATOR_MEMBER, "Member_of_any" }, /* Windows' own spelling */
	{ 0x8c, AD_OPERATOR_MEMBER, "Device_Member_of_Any" },
	{ 0x90, AD_OPERATOR_MEMBER, "Not_Member_of" },
	{ 0x91, AD_OPERATOR_MEMBER, "Not_Device_Member_of" },
	{ 0x92, AD_OPERATOR_MEMBER, "Not_Member_of_Any" },
	{ 0x93, AD_OPERATOR_MEMBER, "Not_Device_Member_of_Any" },
	{ 0x87, AD_OPERATOR_EXISTS, "Exists" },
	{ 0x8d, AD_OPERATOR_EXISTS, "Not_Exists" },
	{ 0xa0, AD_OPERATOR_LOGIC, "&&" },
	{ 0xa1, AD_OPERATOR_LOGIC, "||" },
	{ 0xa2, AD_OPERATOR_NOT, "!" },
	{ 0, AD_OPERATOR_NOT, NULL },
};

/* A token. Operators have a left side if they stand between two, and a right one. */
struct node {
	const unsigned char *p;
	size_t n;
	const struct ad_condition_operator *op; /* NULL: a value or an attribute */
	size_t left, right, below; /* below: on the stack */
	unsigned depth;
};

struct tree {
	struct node *node;
	size_t n, top;
};

static const struct ad_condition_operator *find_operator(unsigned char code)
{
	const struct ad_condition_operator *op = ad_condition_operators;

	while (op->name && op->code != code)
		op++;
	return op->name ? op : NULL;
}

static bool is_between(const struct ad_condition_operator *op)
{
	return op->kind <= AD_OPERATOR_SET || op->kind == AD_OPERATOR_LOGIC;
}

static bool is_attribute(unsigned char code)
{
	return code >= AD_TOKEN_SIMPLE_ATTRIBUTE && code <= AD_TOKEN_DEVICE_ATTRIBUTE;
}

/* The length of the value or attribute that starts at p; 0: none that ends within n bytes. */
static size_t operand_length(const unsigned char *p, size_t n)
{
	size_t len;

	if (p[0] >= 1 && p[0] <= AD_TOKEN_INT64)
		return n >= 11 ? 11 : 0;
	if (p[0] != AD_TOKEN_STRING && p[0] != AD_TOKEN_OCTETS && p[0] != AD_TOKEN_LIST &&
		p[0] != AD_TOKEN_SID && !is_attribute(p[0]))
		return 0;
	len = n >= 5 ? ad_get_u32(p + 1) : 0;
	return n >= 5 && len <= n - 5 ? 5 + len : 0;
}

static size_t pop(struct tree *t, unsigned *depth)
{
	size_t i = t->top;

	if (i == NONE)
		return NONE;
	t->top = t->node[i].below;
	if (t->node[i].depth > *depth)
		*depth = t->node[i].depth;
	return i;
}

/* Gives an operator what stands on the stack before it. */
static bool take_sides(struct tree *t, struct node *node)
{
	node->right = pop(t, &node->depth);
	node->left = NONE;
	if (node->right != NONE && is_between(node->op))
		node->left = pop(t, &node->depth);
	node->depth++;
	return node->right != NONE && (node->left != NONE || !is_between(node->op)) &&
	       node->depth <= AD_CONDITION_DEPTH;
}

static bool push(struct tree *t, const unsigned char *p, size_t n, size_t *length)
{
	struct node node = { .p = p, .n = 1, .op = find_operator(*p) };

	if (node.op && !take_sides(t, &node))
		return false;
	if (!node.op)
		node.n = operand_length(p, n);
	if (node.n == 0)
		return false;
	if ((t->n & (t->n - 1)) == 0)
		t->node = ad_realloc(t->node, t->n ? t->n * 2 : 1, sizeof *t->node);
	node.below = t->top;
	t->top = t->n;
	t->node[t->n++] = node;
	*length = node.n;
	return true;
}

static bool is_zero(const unsigned char *p, size_t n)
{
	while (n > 0 && p[n - 1] == 0)
		n--;
	return n == 0;
}

/* The tree has one root, t->top. The zeroes that fill up the entry stand at the end. */
static bool read_tree(struct tree *t, const unsigned char *p, size_t n)
{
	size_t length;

	while (n > 0 && *p) {
		if (!push(t, p, n, &length))
			return false;
		p += length;
		n -= length;
	}
	return is_zero(p, n) && t->top != NONE && t->node[t->top].below == NONE;
}

static bool put_sid(
	struct ad_buf *out, const unsigned char *p, size_t n, const struct ad_sid *domain)
{
	struct ad_sid sid;

	if (!ad_sid_decode(&sid, p, n, NULL))
		return false;
	ad_buf_puts(out, "SID(");
	ad_sddl_format_sid(out, &sid, domain);
	ad_buf_addc(out, ')');
	return true;
}

/* One value; n is the length of the token. */
static bool put_value(
	struct ad_buf *out, const unsigned char *p, size_t n, const struct ad_sid *domain)
{
	if (*p >= 1 && *p <= AD_TOKEN_INT64) {
		struct ad_number number = { ad_get_u64(p + 1), p[9], p[10] };

		return ad_sddl_format_number(out, &number);
	}
	switch (*p) {
	case AD_TOKEN_STRING: return ad_sddl_format_string(out, p + 5, n - 5);
	case AD_TOKEN_OCTETS: ad_sddl_format_octets(out, p + 5, n - 5); return true;
	case AD_TOKEN_SID: return put_sid(out, p + 5, n - 5, domain);
	default: return false;
	}
}

/* {1, 2}: the values in the n bytes at p. A list in a list has no text. */
static bool put_list(
	struct ad_buf *out, const unsigned char *p, size_t n, const struct ad_sid *domain)
{
	const char *before = "";
	size_t length;

	ad_buf_addc(out, '{');
	for (; n > 0; p += length, n -= length) {
		length = operand_length(p, n);
		ad_buf_puts(out, before);
		if (length == 0 || !put_value(out, p, length, domain))
			return false;
		before = ", ";
	}
	ad_buf_addc(out, '}');
	return true;
}

static bool put_operand(struct ad_buf *out, const struct node *node, const struct ad_sid *domain)
{
	static const char *const before[] = { "", "@USER.", "@RESOURCE.", "@DEVICE." };

	if (*node->p == AD_TOKEN_LIST)
		return put_list(out, node->p + 5, node->n - 5, domain);
	if (!is_attribute(*node->p))
		return put_value(out, node->p, node->n, domain);
	ad_buf_puts(out, before[*node->p - AD_TOKEN_SIMPLE_ATTRIBUTE]);
	return ad_sddl_format_name(out, node->p + 5, node->n - 5);
}

/* Does it have parentheses wherever it stands? */
static bool is_enclosed(const struct node *node)
{
	return node->op && (is_between(node->op) || node->op->kind == AD_OPERATOR_MEMBER);
}

/* enclose: what stands above it wants parentheses around it. */
static bool put(struct ad_buf *out, const struct tree *t, size_t i, bool enclose,
	const struct ad_sid *domain)
{
	const struct node *node = &t->node[i];
	bool parens = enclose || is_enclosed(node), ok = true;

	ad_buf_puts(out, parens ? "(" : "");
	if (node->op) {
		bool logic = node->op->kind >= AD_OPERATOR_LOGIC;

		if (node->left != NONE) {
			ok = put(out, t, node->left, logic, domain);
			ad_buf_addc(out, ' ');
		}
		ad_buf_puts(out, node->op->name);
		ad_buf_puts(out, node->op->kind == AD_OPERATOR_NOT ? "" : " ");
		ok = ok && put(out, t, node->right, logic, domain);
	} else {
		ok = put_operand(out, node, domain);
	}
	ad_buf_puts(out, parens ? ")" : "");
	return ok;
}

bool ad_condition_format(
	struct ad_buf *out, const unsigned char *p, size_t n, const struct ad_sid *domain)
{
	struct tree t = { NULL, 0, NONE };
	size_t start = out->len;
	bool ok = n >= 4 && memcmp(p, AD_CONDITION_SIGNATURE, 4) == 0 &&
		  read_tree(&t, p + 4, n - 4) && put(out, &t, t.top, true, domain);

	if (!ok)
		out->len = start;
	free(t.node);
	return ok;
}
