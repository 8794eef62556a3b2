/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tee boundary, as the kernel side keeps it and the user side reads it:
 * contexts, shared memory objects, sessions, and sums by client, by trusted
 * application and by CPU. Addresses of kernel objects are keys, never followed
 * in user space.
 */
#ifndef LIMEN_TEE_H
#define LIMEN_TEE_H

#include "limen/abi.h"

#define LIMEN_TEE_BUCKETS	24	/* log2 of microseconds: 0, 1, 2-3, ... 4 s and more */
#define LIMEN_TEE_DEVICE_LEN	16	/* "teepriv0" */
#define LIMEN_TEE_HOLDERS	8	/* clients named in a failed allocation */
#define LIMEN_TEE_RETURN_AT	3	/* kernel functions that return probes return to */
#define LIMEN_TEE_WAY		12	/* frames that tell sites apart, five of them our own */
#define LIMEN_TEE_NO_SESSION	0xffffffffU

/* How an object was made, which says how it has to be freed. */
enum limen_tee_kind {
	LIMEN_TEE_UNKNOWN	= 0,	/* made before limen looked, and its flags do not tell */
	LIMEN_TEE_USER		= 1,	/* tee_shm_alloc_user_buf(): freed with its descriptor */
	LIMEN_TEE_KERNEL	= 2,	/* tee_shm_alloc_kernel_buf(): tee_shm_free() */
	LIMEN_TEE_PRIVATE	= 3,	/* tee_shm_alloc_priv_buf(), the driver's: tee_shm_free() */
	LIMEN_TEE_REGISTER	= 4,	/* tee_shm_register_user_buf(): freed with its descriptor */
	LIMEN_TEE_REGISTER_KERNEL = 5,	/* tee_shm_register_kernel_buf(): tee_shm_free() */
	LIMEN_TEE_REGISTER_FD	= 6,	/* tee_shm_register_fd(), a dma-buf: with its descriptor */
	LIMEN_TEE_DMA		= 7,	/* tee_shm_alloc_dma_mem(): tee_shm_free() */
	LIMEN_TEE_KINDS
};

enum limen_tee_object_flag {
	LIMEN_TEE_PREEXISTING	= 1u << 0,	/* older than limen's attachment */
	LIMEN_TEE_SECURE	= 1u << 1,	/* the secure world knows its pages */
	LIMEN_TEE_SECURE_UNKNOWN = 1u << 2,	/* it may: made before limen looked */
	LIMEN_TEE_RPC		= 1u << 3,	/* the supplicant made it for the secure world */
	LIMEN_TEE_FREE_CALLED	= 1u << 4,	/* tee_shm_free() was called, and it lives */
	LIMEN_TEE_TOLD_WRONG_FREE = 1u << 5,	/* reported: once is enough */
	LIMEN_TEE_RPC_FREED	= 1u << 6,	/* the secure world gave it back */
	LIMEN_TEE_DRIVER	= 1u << 7,	/* of the driver's cache, in whosever context */
};

/* Key: address of struct tee_shm. */
struct limen_tee_object {
	__u64 ctx;			/* address of its struct tee_context */
	__u64 born_ns;			/* boot clock; when first seen, if pre-existing */
	__u64 size;			/* as the kernel made it: may exceed what was asked for */
	__u64 user_addr;		/* LIMEN_TEE_REGISTER */
	__u64 freed_ns;			/* first tee_shm_free(), 0: none */
	__u64 client;			/* struct limen_tee_client's key */
	__u32 client_nr;		/* and its number, for the kernel side */
	__u32 kind;			/* enum limen_tee_kind */
	__u32 state;			/* enum limen_tee_object_flag */
	__u32 flags;			/* the kernel's TEE_SHM_* */
	__s32 id;			/* -1: none */
	__u32 site;			/* struct limen_tee_site's number: where it was made */
	__u32 free_site;		/* where it was freed */
	__u32 fds;			/* descriptors handed out */
	__u32 maps;			/* successful mmap() calls */
	__u32 pad;
	struct limen_task maker;	/* who was running when it was made */
};

enum limen_tee_context_flag {
	LIMEN_TEE_CTX_PREEXISTING	= 1u << 0,
	LIMEN_TEE_CTX_IN_KERNEL		= 1u << 1,	/* tee_client_open_context(), or the driver's own */
	LIMEN_TEE_CTX_CLOSED		= 1u << 2,	/* its file is closed; it lives while shm does */
	LIMEN_TEE_CTX_NO_OWNER		= 1u << 3,	/* seen by an object of it only */
	LIMEN_TEE_CTX_PRIVILEGED	= 1u << 4,	/* /dev/teeprivN: a supplicant's */
};

/* Key: address of struct tee_context. */
struct limen_tee_context {
	__u64 opened_ns;
	__u64 closed_ns;
	__u64 client;
	__u64 bytes;			/* of its live objects */
	__u32 objects;			/* live */
	__u32 sessions;			/* open */
	__u32 state;			/* enum limen_tee_context_flag */
	__u32 client_nr;
	char device[LIMEN_TEE_DEVICE_LEN];
	struct limen_task owner;	/* who opened it */
};

struct limen_tee_session_key {
	__u64 ctx;
	__u32 session;
	__u32 pad;
};

struct limen_tee_calls {
	__u64 invokes;
	__u64 errors;			/* of them with another result than success */
	__u64 memref_bytes;		/* sum of the sizes of memory references passed */
	__u64 latency_ns;		/* sum */
	__u64 latency[LIMEN_TEE_BUCKETS];
};

struct limen_tee_session {
	struct limen_tee_session_key key;	/* ctx 0: nobody's */
	__u64 opened_ns;		/* 0: before limen looked */
	__u64 client;
	__u8 uuid[16];			/* all zero: unknown */
	__u32 login;			/* TEE_IOCTL_LOGIN_*, ~0: unknown */
	__u32 last_result;
	__u32 in_context;		/* counted in its context's sessions */
	__u32 client_nr;
	__u32 number;			/* its own */
	__u32 pad;
	struct limen_tee_calls calls;
	struct limen_task opener;
};

/* Key: client number, process id << 32 | seconds of its start; 0: the kernel and the rest. */
struct limen_tee_client {
	struct limen_task who;
	__u64 born[LIMEN_TEE_KINDS];
	__u64 died;
	__u64 born_bytes;
	__u64 failed;			/* objects that could not be made */
	__s64 live;
	__s64 live_bytes;
	__s64 most_live;		/* high-water marks */
	__s64 most_bytes;
	__u64 contexts;			/* opened */
	__u64 closed;
	__u64 sessions;			/* opened */
	__u64 sessions_failed;
	__u64 sessions_closed;
	__u64 cancels;
	__u64 requests;			/* answered as a supplicant */
	struct limen_tee_calls calls;
	__u32 first_site;		/* where its first and last live objects were made */
	__u32 last_site;
};

/* Key: UUID, 16 bytes. */
struct limen_tee_ta {
	__u64 opened;
	__u64 failed;
	__u64 closed;
	__u32 last_failure;		/* result */
	__u32 last_origin;
	struct limen_tee_calls calls;
};

/* What a stack is taken once for. */
struct limen_tee_site_key {
	__u64 caller;			/* return address into the caller */
	__u64 call;			/* enum of the kernel side: which function */
};

struct limen_tee_site {
	__u32 number;			/* from 1 */
	__u32 nr_stack;
	__u64 stack[LIMEN_STACK_DEPTH];
};

/* One per CPU: exact, whatever the tables hold. */
struct limen_tee_counts {
	__u64 born[LIMEN_TEE_KINDS];
	__u64 born_bytes;
	__u64 failed;			/* makers that returned an error */
	__u64 died;
	__u64 died_preexisting;		/* of them older than the attachment, and known */
	__u64 died_unseen;		/* of them neither seen made nor otherwise */
	__u64 frees;			/* tee_shm_free() */
	__u64 puts;			/* tee_shm_put() */
	__u64 gets;			/* tee_shm_get_from_id() that found one */
	__u64 gets_failed;
	__u64 fds;			/* descriptors handed out */
	__u64 fd_closes;		/* tee_shm_fop_release() */
	__u64 maps;
	__u64 opened;			/* contexts */
	__u64 open_failed;
	__u64 closed;
	__u64 sessions;
	__u64 sessions_failed;
	__u64 sessions_closed;
	__u64 invokes;
	__u64 invoke_errors;
	__u64 cancels;
	__u64 requests;			/* the supplicant's */
	__u64 secure_registered;	/* optee_shm_register() */
	__u64 secure_unregistered;
	__u64 secure_failed;		/* either of them with an error */
	__u64 rpc_allocs;		/* optee_rpc_cmd_alloc_suppl() */
	__u64 rpc_frees;
	__u64 violations;
	/* What went wrong in counting. */
	__u64 untracked;		/* objects beyond the table */
	__u64 no_context;		/* contexts, sessions, clients, sites beyond their tables */
	__u64 no_call;			/* calls that could not be followed to their return */
	__u64 returns_missed;		/* returns that the kernel did not show */
	__u64 unreadable;		/* arguments in user memory that could not be read */
};

/* What the tee programs keep per CPU. */
struct limen_tee_cpu {
	struct limen_cpu cpu;
	struct limen_tee_counts counts;
	__u32 last_session;		/* number of the one that was used last: a guess */
	__u32 pad;
};

/* The next numbers; shared by both objects. */
struct limen_tee_control {
	__u32 next_site;		/* the last number given */
	__u32 next_dead;		/* where the next object that dies is remembered */
	__u32 next_client;		/* the last number given */
	__u32 next_session;		/* how many numbers were given before one came back */
};

/* A step in a lifecycle. Stable names stand in src/model/tee.c. */
enum limen_tee_step {
	LIMEN_TEE_STEP_OPEN		= 1,
	LIMEN_TEE_STEP_CLOSE		= 2,
	LIMEN_TEE_STEP_ALLOC		= 3,	/* memory of the pool */
	LIMEN_TEE_STEP_REGISTER		= 4,	/* memory that was there */
	LIMEN_TEE_STEP_FD		= 5,
	LIMEN_TEE_STEP_MMAP		= 6,
	LIMEN_TEE_STEP_GET		= 7,	/* looked up by id */
	LIMEN_TEE_STEP_PUT		= 8,
	LIMEN_TEE_STEP_FREE		= 9,	/* tee_shm_free() */
	LIMEN_TEE_STEP_FD_CLOSE		= 10,
	LIMEN_TEE_STEP_DEATH		= 11,
	LIMEN_TEE_STEP_SESSION		= 12,
	LIMEN_TEE_STEP_INVOKE		= 13,
	LIMEN_TEE_STEP_SESSION_CLOSE	= 14,
	LIMEN_TEE_STEP_CANCEL		= 15,
	LIMEN_TEE_STEP_REQUEST		= 16,	/* to the supplicant */
	LIMEN_TEE_STEP_SECURE_REGISTER	= 17,
	LIMEN_TEE_STEP_SECURE_UNREGISTER = 18,
	LIMEN_TEE_STEP_RPC_ALLOC	= 19,
	LIMEN_TEE_STEP_RPC_FREE		= 20,
	LIMEN_TEE_STEP_VIOLATION	= 21,	/* class says which */
	LIMEN_TEE_STEP_UNLOAD		= 22,	/* a module (device is its name) is asked to go */
	LIMEN_TEE_STEPS
};

/* What is wrong; those from LIMEN_TEE_TIMED on are found by user space, over time. */
enum limen_tee_class {
	LIMEN_TEE_OK			= 0,
	LIMEN_TEE_WRONG_FREE		= 1,
	LIMEN_TEE_DOUBLE_FREE		= 2,
	LIMEN_TEE_DEAD_LOOKUP		= 3,	/* found by id with no reference left */
	LIMEN_TEE_BAD_REGISTER		= 4,	/* range wraps or leaves the address space */
	LIMEN_TEE_UNREGISTER_FAILED	= 5,
	LIMEN_TEE_ALLOC_FAILED		= 6,	/* out of memory: who holds it */
	LIMEN_TEE_LEAK			= 7,	/* outlives its process */
	LIMEN_TEE_PINNED		= 8,	/* a closed context that shm keeps alive */
	LIMEN_TEE_NOT_FREED		= 9,	/* tee_shm_free() long ago, and it lives */
	LIMEN_TEE_GROWTH		= 10,
	LIMEN_TEE_RPC_LEAK		= 11,	/* made for the secure world, never given back */
	LIMEN_TEE_CLASSES
};

#define LIMEN_TEE_TIMED	LIMEN_TEE_LEAK

enum limen_tee_event_flag {
	LIMEN_TEE_EVENT_OWNER	= 1u << 0,	/* owner is filled */
	LIMEN_TEE_EVENT_OTHER	= 1u << 1,	/* other is filled */
	LIMEN_TEE_EVENT_UUID	= 1u << 2,
	LIMEN_TEE_EVENT_RESULT	= 1u << 3,	/* result and origin are a TEE's */
	LIMEN_TEE_EVENT_OBJECT	= 1u << 4,	/* the object's fields are filled */
	LIMEN_TEE_EVENT_FUNC	= 1u << 5,
	LIMEN_TEE_EVENT_UNREADABLE = 1u << 6,	/* arguments could not be read */
	LIMEN_TEE_EVENT_CALLED_FREE = 1u << 7,	/* wrong-free: by tee_shm_free(), not by put */
	LIMEN_TEE_EVENT_IN_KERNEL = 1u << 8,	/* the context is one of the kernel's */
};

struct limen_tee_holder {
	__u32 pid;			/* 0: the kernel */
	__u32 live;			/* objects */
	__u64 bytes;
	char comm[LIMEN_COMM_LEN];
};

/* LIMEN_EVENT_TEE */
struct limen_tee_event {
	struct limen_event head;	/* task: who was running */
	__u64 shm;
	__u64 ctx;
	__u64 length;			/* asked for, where nothing was made; memory references */
	__u64 latency_ns;		/* sessions, invokes */
	__s64 error;			/* negative errno of the kernel, 0, or a descriptor */
	__u32 step;			/* enum limen_tee_step */
	__u32 class;			/* enum limen_tee_class */
	__u32 flags;			/* enum limen_tee_event_flag */
	__u32 refs;			/* references when it happened, as the kernel counts */
	__u32 session;
	__u32 func;			/* command id; the supplicant's function */
	__u32 result;			/* TEE result code */
	__u32 origin;
	__u32 cmd_nr;			/* number of the ioctl that is being made, 0: none */
	__u32 nr_stack;
	__u8 uuid[16];
	char device[LIMEN_TEE_DEVICE_LEN];
	struct limen_task owner;	/* of the context */
	struct limen_tee_object object;
	/* From here on only in violations. */
	struct limen_task other;	/* the second task: who freed it first */
	struct limen_tee_holder holders[LIMEN_TEE_HOLDERS];
	__u64 held_bytes;		/* by all clients */
	__u64 held_objects;
	__u64 stack[LIMEN_STACK_DEPTH];
	char exe[LIMEN_PATH_LEN];	/* names from the file up, each ended by NUL */
};

/* What has died, to know it again when it is freed a second time. */
struct limen_tee_dead {
	__u64 shm;
	struct limen_tee_object object;
	struct limen_task freer;
};

#define LIMEN_TEE_DEAD	1024	/* so many, a power of two */
#define LIMEN_TEE_CLIENTS	4096	/* number 0: the kernel and the rest */
#define LIMEN_TEE_SESSIONS	4096

/* What the iterators write: a key and a value, and of objects the count of references now. */
struct limen_tee_object_line {
	__u64 shm;
	__u32 refs;
	__u32 maps_now;			/* memory areas that map it; filled by user space */
	struct limen_tee_object object;
};

struct limen_tee_context_line {
	__u64 ctx;
	struct limen_tee_context context;
};

struct limen_tee_session_line {
	struct limen_tee_session_key key;
	struct limen_tee_session session;
};

struct limen_tee_client_line {
	__u64 key;
	struct limen_tee_client client;
};

struct limen_tee_ta_line {
	__u8 uuid[16];
	struct limen_tee_ta ta;
};

struct limen_tee_site_line {
	struct limen_tee_site_key key;
	struct limen_tee_site site;
};

/* A file or a memory area that holds an object, or a file of a context. */
struct limen_tee_holding {
	__u64 object;			/* address of the tee_shm or tee_context */
	__u32 pid;
	__s32 fd;			/* -1: a mapping */
	__u32 is_context;
	__u32 pad;
	char comm[LIMEN_COMM_LEN];
};

#endif
