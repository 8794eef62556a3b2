/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sessions: their sums go to client and trusted application when they end. */
#ifndef LIMEN_TEE_SESSION_BPF_H
#define LIMEN_TEE_SESSION_BPF_H

#include "tee.bpf.h"

static __always_inline void add_calls(struct limen_tee_calls *to, const struct limen_tee_calls *from)
{
	__u32 i;

	__sync_fetch_and_add(&to->invokes, from->invokes);
	__sync_fetch_and_add(&to->errors, from->errors);
	__sync_fetch_and_add(&to->memref_bytes, from->memref_bytes);
	__sync_fetch_and_add(&to->latency_ns, from->latency_ns);
	for (i = 0; i < LIMEN_TEE_BUCKETS; i++)
		if (from->latency[i])
			__sync_fetch_and_add(&to->latency[i], from->latency[i]);
}

/* The sums of a TA, made when it is new; NULL when there is no room. */
COLD struct limen_tee_ta *ta_of(const __u8 *uuid)
{
	static const struct limen_tee_ta none;
	struct limen_tee_ta *ta = bpf_map_lookup_elem(&limen_tee_tas, uuid);

	if (ta)
		return ta;
	bpf_map_update_elem(&limen_tee_tas, uuid, &none, BPF_NOEXIST);
	ta = bpf_map_lookup_elem(&limen_tee_tas, uuid);
	if (!ta)
		TEE_COUNT(no_context);
	return ta;
}

/* The session is over: nobody's from now on. */
static __always_inline void end_session(struct limen_tee_session *s)
{
	__u32 nr = s->number;
	struct limen_tee_session_key key = s->key;
	struct limen_tee_client *client = client_at(s->client_nr);
	struct limen_tee_ta *ta;
	__u8 uuid[16];

	__builtin_memcpy(uuid, s->uuid, sizeof(uuid));
	ta = ta_of(uuid);
	if (ta) {
		add_calls(&ta->calls, &s->calls);
		__sync_fetch_and_add(&ta->closed, 1);
	}
	if (client) {
		add_calls(&client->calls, &s->calls);
		__sync_fetch_and_add(&client->sessions_closed, 1);
	}
	TEE_COUNT(sessions_closed);
	s->key.ctx = 0;
	bpf_map_delete_elem(&limen_tee_session_nr, &key);
	bpf_map_push_elem(&limen_tee_session_free, &nr, BPF_ANY);
}

struct context_walk {
	__u64 ctx;
};

static long end_walked(void *map, const struct limen_tee_session_key *key,
		       const __u32 *nr, struct context_walk *walk)
{
	struct limen_tee_session *s;
	__u32 number = *nr;

	if (key->ctx != walk->ctx)
		return 0;
	s = bpf_map_lookup_elem(&limen_tee_sessions, &number);
	if (s)
		end_session(s);
	return 0;
}

/* A context is gone, and its sessions with it. */
COLD int end_sessions(__u64 ctx)
{
	struct context_walk walk = {.ctx = ctx};

	bpf_for_each_map_elem(&limen_tee_session_nr, end_walked, &walk, 0);
	return 0;
}

#endif
