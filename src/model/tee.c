// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/tee.h"

#include "model/latency.h"

#include <string.h>

const char *const tee_kind_names[] = {
	[LIMEN_TEE_UNKNOWN]		= "unknown",
	[LIMEN_TEE_USER]		= "user",
	[LIMEN_TEE_KERNEL]		= "kernel",
	[LIMEN_TEE_PRIVATE]		= "private",
	[LIMEN_TEE_REGISTER]		= "register",
	[LIMEN_TEE_REGISTER_KERNEL]	= "register-kernel",
	[LIMEN_TEE_REGISTER_FD]		= "register-fd",
	[LIMEN_TEE_DMA]			= "dma",
	NULL
};

const char *const tee_step_names[] = {
	[0]				= "none",
	[LIMEN_TEE_STEP_OPEN]		= "open",
	[LIMEN_TEE_STEP_CLOSE]		= "close",
	[LIMEN_TEE_STEP_ALLOC]		= "alloc",
	[LIMEN_TEE_STEP_REGISTER]	= "register",
	[LIMEN_TEE_STEP_FD]		= "fd",
	[LIMEN_TEE_STEP_MMAP]		= "mmap",
	[LIMEN_TEE_STEP_GET]		= "get",
	[LIMEN_TEE_STEP_PUT]		= "put",
	[LIMEN_TEE_STEP_FREE]		= "free",
	[LIMEN_TEE_STEP_FD_CLOSE]	= "fd-close",
	[LIMEN_TEE_STEP_DEATH]		= "death",
	[LIMEN_TEE_STEP_SESSION]	= "session",
	[LIMEN_TEE_STEP_INVOKE]		= "invoke",
	[LIMEN_TEE_STEP_SESSION_CLOSE]	= "session-close",
	[LIMEN_TEE_STEP_CANCEL]		= "cancel",
	[LIMEN_TEE_STEP_REQUEST]	= "request",
	[LIMEN_TEE_STEP_SECURE_REGISTER] = "secure-register",
	[LIMEN_TEE_STEP_SECURE_UNREGISTER] = "secure-unregister",
	[LIMEN_TEE_STEP_RPC_ALLOC]	= "rpc-alloc",
	[LIMEN_TEE_STEP_RPC_FREE]	= "rpc-free",
	[LIMEN_TEE_STEP_VIOLATION]	= "violation",
	[LIMEN_TEE_STEP_UNLOAD]		= "module-unload",
	NULL
};

const char *const tee_class_names[] = {
	[LIMEN_TEE_OK] = "ok",
	[LIMEN_TEE_WRONG_FREE] = "wrong-free",
	[LIMEN_TEE_DOUBLE_FREE] = "double-free",
	[LIMEN_TEE_DEAD_LOOKUP] = "dead-lookup",
	[LIMEN_TEE_BAD_REGISTER] = "bad-register",
	[LIMEN_TEE_UNREGISTER_FAILED] = "unregister-failed",
	[LIMEN_TEE_ALLOC_FAILED] = "alloc-failed",
	[LIMEN_TEE_LEAK] = "leak",
	[LIMEN_TEE_PINNED] = "pinned",
	[LIMEN_TEE_NOT_FREED] = "not-freed",
	[LIMEN_TEE_GROWTH] = "growth",
	[LIMEN_TEE_RPC_LEAK] = "rpc-leak",
	NULL
};

static const char *const class_words[LIMEN_TEE_CLASSES] = {
	[LIMEN_TEE_OK] = "as it should be",
	[LIMEN_TEE_WRONG_FREE] = "freed by the wrong function for its kind",
	[LIMEN_TEE_DOUBLE_FREE] = "its last reference was dropped before",
	[LIMEN_TEE_DEAD_LOOKUP] = "found by its id when no reference to it was left",
	[LIMEN_TEE_BAD_REGISTER] = "the range wraps or leaves the user address space",
	[LIMEN_TEE_UNREGISTER_FAILED] = "the secure world still knows its pages",
	[LIMEN_TEE_ALLOC_FAILED] = "out of memory",
	[LIMEN_TEE_LEAK] = "it outlives the process that it belongs to",
	[LIMEN_TEE_PINNED] = "its context is closed, and kept alive by shared memory",
	[LIMEN_TEE_NOT_FREED] = "tee_shm_free() was called, and it is still alive",
	[LIMEN_TEE_GROWTH] = "the client makes more and gives nothing back",
	[LIMEN_TEE_RPC_LEAK] = "made for the secure world, which did not give it back",
};

_Static_assert(sizeof(tee_kind_names) / sizeof(tee_kind_names[0]) == LIMEN_TEE_KINDS + 1,
	       "a name for each kind");
_Static_assert(sizeof(tee_step_names) / sizeof(tee_step_names[0]) == LIMEN_TEE_STEPS + 1,
	       "a name for each step");
_Static_assert(sizeof(tee_class_names) / sizeof(tee_class_names[0]) == LIMEN_TEE_CLASSES + 1,
	       "a name for each class");

const char *tee_class_words(enum limen_tee_class class)
{
	return class < LIMEN_TEE_CLASSES ? class_words[class] : "";
}

static int by_name(const char *const *names, const char *name)
{
	int i;

	for (i = 0; names[i]; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

int tee_class_by_name(const char *name)
{
	return by_name(tee_class_names, name);
}

int tee_step_by_name(const char *name)
{
	int step = by_name(tee_step_names, name);

	return step > 0 ? step : -1;
}

__u64 tee_made(const __u64 born[LIMEN_TEE_KINDS])
{
	__u64 sum = 0;
	int i;

	for (i = 0; i < LIMEN_TEE_KINDS; i++)
		sum += born[i];
	return sum;
}

void tee_calls_add(struct limen_tee_calls *to, const struct limen_tee_calls *from)
{
	int i;

	to->invokes += from->invokes;
	to->errors += from->errors;
	to->memref_bytes += from->memref_bytes;
	to->latency_ns += from->latency_ns;
	for (i = 0; i < LIMEN_TEE_BUCKETS; i++)
		to->latency[i] += from->latency[i];
}

__s64 tee_calls_percentile(const struct limen_tee_calls *calls, unsigned int percent)
{
	return latency_percentile(calls->latency, LIMEN_TEE_BUCKETS, percent);
}

bool tee_is_older(const struct limen_tee_object *object)
{
	return object->state & LIMEN_TEE_PREEXISTING;
}
