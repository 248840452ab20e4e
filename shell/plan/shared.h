/*
 * The texts of values. A plan for a thousand hosts holds each name in a thousand lists: there is
 * one copy of a text, however many own it.
 */
#ifndef AD_SHARED_H
#define AD_SHARED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The copy of these bytes, followed by a zero byte: the same one for the same bytes. It is the
 * caller's until ad_shared_drop, and never changed. */
const char *ad_shared_get(const void *p, size_t n);
const char *ad_shared_again(const char *s); /* one more owner of a copy */
void ad_shared_drop(const char *s);

/* A mark that a text bears until it gets another one: what was found out about it under that mark
 * is not found out again. ad_shared_mark gives a mark that no text bears. */
uint32_t ad_shared_mark(void);
bool ad_shared_has(const char *s, uint32_t mark);
void ad_shared_set(const char *s, uint32_t mark);

#endif
