// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory slots that are made, changed and deleted: kvm_set_memslot(kvm, old,
 * new, change), virt/kvm/kvm_main.c, which every way to change one passes.
 */
#include "event.bpf.h"
#include "slots.bpf.h"

/* enum kvm_mr_change */
enum { CHANGE_CREATE, CHANGE_DELETE, CHANGE_MOVE, CHANGE_FLAGS };

struct change {
	__u64 kvm;
	__u64 start, bytes, host;	/* of the new slot, or of the one that is deleted */
	__u32 flags, flags_before;
	__u32 change;
	__u32 id;
};

/* Of a thread that is at it. Key: its number. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct change);
} limen_s2_changing SEC(".maps");

COLD int note_change(__u64 kvm, struct kvm_memory_slot *old, struct kvm_memory_slot *new,
		     __u32 change)
{
	struct kvm_memory_slot *slot = change == CHANGE_DELETE ? old : new;
	__u32 tid = bpf_get_current_pid_tgid();
	struct change c = {.kvm = kvm, .change = change};

	c.start = BPF_CORE_READ(slot, base_gfn) << limen_page_shift;
	c.bytes = BPF_CORE_READ(slot, npages) << limen_page_shift;
	c.host = BPF_CORE_READ(slot, userspace_addr);
	c.flags = BPF_CORE_READ(slot, flags);
	c.flags_before = old ? BPF_CORE_READ(old, flags) : 0;
	c.id = (__u16)BPF_CORE_READ(slot, id);
	bpf_map_update_elem(&limen_s2_changing, &tid, &c, BPF_ANY);
	return 0;
}

COLD int send_change(const struct change *c, __u32 vm)
{
	struct limen_s2_event *e = s2_event_begin(LIMEN_S2_STEP_SLOT_CREATE + c->change, vm);

	if (!e)
		return 0;
	e->flags = LIMEN_S2_HAS_SLOT;
	e->address = c->start;
	e->size = c->bytes;
	e->slot_start = c->start;
	e->slot_bytes = c->bytes;
	e->slot_host = c->host;
	e->slot_flags = c->flags;
	e->slot_flags_before = c->flags_before;
	e->slot = c->id;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

static __always_inline int s2_memslot_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	return args->d <= CHANGE_FLAGS ?
	       note_change(args->a, (struct kvm_memory_slot *)args->b,
			   (struct kvm_memory_slot *)args->c, args->d) : 0;
}

FUNC_BEGIN4(s2_memslot, "kvm_set_memslot", limen_s2_on)

/* When it returns another set of slots is in force, also when it failed halfway. */
static __always_inline int s2_memslot_end(void *ctx, __u64 ret)
{
	__u32 tid = bpf_get_current_pid_tgid(), vm_nr;
	struct limen_s2_slot_key key = {};
	struct limen_s2_vm *vm;
	struct change *known, c;

	__sync_fetch_and_add(&limen_s2_slot_changes, 1);
	known = bpf_map_lookup_elem(&limen_s2_changing, &tid);
	if (!known)
		return 0;
	c = *known;
	bpf_map_delete_elem(&limen_s2_changing, &tid);
	if ((__s32)ret || c.change > CHANGE_FLAGS)
		return 0;
	vm_nr = known_vm(c.kvm);
	vm = vm_at(vm_nr);
	if (!vm || !vm_nr)
		return 0;
	__sync_fetch_and_add(&vm->slot_changes, 1);
	if (c.change == CHANGE_DELETE) {
		key.kvm = c.kvm;
		key.id = c.id;
		end_slot(&key);
	}
	if (!S2_SENT(LIMEN_S2_STEP_SLOT_CREATE + c.change))
		return 0;
	return send_change(&c, vm_nr);
}

FUNC_END(s2_memslot, "kvm_set_memslot", 4)

char LICENSE[] SEC("license") = "GPL";
