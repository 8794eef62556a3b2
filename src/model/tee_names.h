/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words for the numbers of TEEs: those of GlobalPlatform, of linux/tee.h and
 * of OP-TEE. Tables and look-ups; no state, and nothing to be freed.
 */
#ifndef LIMEN_TEE_NAMES_H
#define LIMEN_TEE_NAMES_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

/* A number, its name, and what it means. The last one of a table has no name. */
struct tee_name {
	__u32 code;
	const char *name;
	const char *words;
};

/* Results have the name of the Internal Core API, ioctls that of linux/tee.h. */
extern const struct tee_name tee_results[];
extern const struct tee_name tee_ioctls[]; /* code: the number in the command */

/* The others go without what their constants begin with: "POOL", "MEMREF_NULL". */
extern const struct tee_name tee_origins[];
extern const struct tee_name tee_shm_flags[]; /* bits, as kernels from 5.18 on have them */
extern const struct tee_name tee_gen_caps[]; /* bits */
extern const struct tee_name tee_impls[];
extern const struct tee_name tee_logins[];
extern const struct tee_name tee_params[];
extern const struct tee_name tee_rpcs[]; /* OP-TEE's requests to the normal world */

/* NULL when the table does not have it. Names match whatever their case. */
const struct tee_name *tee_find(const struct tee_name *table, __u32 code);
const struct tee_name *tee_find_name(const struct tee_name *table, const char *name);

/* All of these give NULL for a number that is not known. */
const char *tee_result_name(__u32 code);
const char *tee_result_words(__u32 code);
const char *tee_origin_name(__u32 origin);
const char *tee_origin_words(__u32 origin);
const char *tee_impl_name(__u32 impl);
const char *tee_login_name(__u32 login);
const char *tee_rpc_name(__u32 cmd);

/* The command as ioctl(2) has it, or only its number. */
const struct tee_name *tee_ioctl_find(__u32 cmd);
const char *tee_ioctl_name(__u32 cmd);

/* By the type in a parameter's attributes, whatever else is in them. */
const struct tee_name *tee_param_find(__u64 attr);
const char *tee_param_name(__u64 attr);

/* Has the Client API this result, too? There its name begins with TEEC_, not TEE_. */
bool tee_result_in_client(__u32 code);

/* "OUT_OF_MEMORY" of "TEE_ERROR_OUT_OF_MEMORY" and of "TEEC_ERROR_OUT_OF_MEMORY". */
const char *tee_result_stem(const char *name);

/* With TEE_, TEEC_, ERROR_ before it or without, in any case. */
const struct tee_name *tee_result_find_name(const char *name);

/* Of a code that no table has: who may have defined it. NULL: nobody knows. */
const char *tee_result_range(__u32 code);

/* What a result often means when it comes from there, and what to look at then. */
struct tee_hint {
	__u32 origin; /* 0: any */
	__u32 code;
	const char *often; /* or NULL */
	const char *next; /* or NULL */
};

extern const struct tee_hint tee_hints[]; /* ends with a hint without words */

/* For origin 0 (not known) only what is true of all; NULL: nothing to say. */
const struct tee_hint *tee_hint_find(__u32 origin, __u32 code);

/* Room for every flag, one that is not known included. */
#define TEE_FLAGS_LEN 64

/*
 * "DYNAMIC|POOL", what is not known in hexadecimal behind it, "0" for none.
 * Cut off where size ends. Both return out.
 */
const char *tee_shm_flags_text(__u32 flags, char *out, size_t size);
const char *tee_gen_caps_text(__u32 caps, char *out, size_t size);

/* How an object with just these flags was made; NULL for flags that no maker sets. */
const char *tee_shm_flags_words(__u32 flags);

#define TEE_UUID_LEN 37 /* as text, with the NUL */

/* UUIDs are octets in the order of struct tee_ioctl_open_session_arg. */
const char *tee_uuid_text(const __u8 uuid[16], char out[TEE_UUID_LEN]);

/* Only the form 8-4-4-4-12, digits of either case. 0 or -EINVAL; uuid then stays. */
int tee_uuid_parse(const char *text, __u8 uuid[16]);

struct tee_uuid_name {
	const char *uuid; /* text, lower case */
	const char *name; /* a word */
	const char *what;
};

extern const struct tee_uuid_name tee_uuids[]; /* the last one has no name */

/* NULL when it is not known. */
const struct tee_uuid_name *tee_uuid_find(const __u8 uuid[16]);
const struct tee_uuid_name *tee_uuid_find_name(const char *name);

#endif
