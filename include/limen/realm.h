/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arm CCA realms: what both sides know of memory that a realm shares with its VMM. */
#ifndef LIMEN_REALM_H
#define LIMEN_REALM_H

#include "limen/abi.h"

#define LIMEN_REALMS		1024
#define LIMEN_REALM_PAGES	32768	/* of all realms: shared ones, and those that changed */
#define LIMEN_REALM_CALLS	4096	/* threads that are in one, or have just unmapped */

#define LIMEN_REALM_READ	1u	/* prot, on every kernel */
#define LIMEN_REALM_WRITE	2u

/* What was done to a realm's memory, and what that turned out to be. */
enum limen_realm_kind {
	LIMEN_REALM_REMAPPED	= 0,	/* right: was read-only, was unmapped alone, is writable */
	LIMEN_REALM_FORCED	= 1,	/* writable, another page, over one of a private mapping */
	LIMEN_REALM_LOST	= 2,	/* as REMAPPED, but others were unmapped with it */
	LIMEN_REALM_SHARED	= 3,	/* converted by the guest */
	LIMEN_REALM_PRIVATE	= 4,
	LIMEN_REALM_MAPPED	= 5,	/* as shared memory */
	LIMEN_REALM_UNMAPPED	= 6,
	LIMEN_REALM_MADE	= 7,
	LIMEN_REALM_DESTROYED	= 8,
	LIMEN_REALM_KINDS
};

struct limen_realm_event {
	__u64 vm;			/* address of struct kvm */
	__u64 ipa;			/* of the page, without the bit of the shared half */
	__u64 size;			/* bytes that were mapped or converted */
	__u64 pfn_before, pfn_after;	/* of maps */
	__u64 other;			/* LOST: IPA of a page that was unmapped with it */
	__u64 hva;			/* FORCED: where the VMM has the page */
	__u32 kind;			/* enum limen_realm_kind */
	__u32 prot;			/* now */
	__u32 count;			/* LOST: of the others; UNMAPPED: of pages; else 1 */
	__u32 undecided;		/* FORCED: whether the VMM's mapping is private is not known */
};

_Static_assert(sizeof(struct limen_realm_event) == 72, "struct limen_realm_event has no holes");

/* One value: all realms, whatever the tables hold. */
struct limen_realm_counts {
	__u64 shared, private, failed;		/* maps */
	__u64 unmaps, dropped;			/* calls that dropped pages; pages */
	__u64 to_shared, to_private;		/* conversions, by call */
	__u64 destroyed;
	__u64 replaced;				/* as FORCED, but the VMM's mapping is shared */
	/* What was not decided. */
	__u64 no_room;				/* tables full */
	__u64 no_mapping;			/* as FORCED, but the VMM's mapping is not known */
	__u64 no_begin;				/* returns whose begin was not seen */
};

/* One per realm that has shared memory, or converted some. */
struct limen_realm {
	__u64 shared_bit;		/* of an IPA in the shared half; 0: not known yet */
	__u64 mapped;			/* pages that are mapped as shared now */
	__u64 unmaps;			/* calls that dropped pages, so far: their numbers */
	__u32 pid;			/* of the VMM */
	__u32 pad;
};

struct limen_realm_page_key {
	__u64 vm;
	__u64 frame;			/* IPA without the shared bit, in pages */
};

/* One page. A map of more than LIMEN_REALM_RANGE pages has one for its first page. */
struct limen_realm_page {
	__u64 pfn;			/* mapped there, or last; 0: since it is shared, none */
	__u64 mapped_ns;		/* boot clock; 0: not mapped */
	__u64 unmap;			/* number of the call that dropped it last, from 1 */
	__u32 pages;			/* that this map has */
	__u32 prot;			/* LIMEN_REALM_*, now or last */
	__u32 unmapped;			/* how often */
	__u32 tid;			/* who mapped it */
	__u32 shared;			/* 0: not known, 1: private, 2: shared */
	__u32 pad;
};

#define LIMEN_REALM_RANGE	64

#endif
