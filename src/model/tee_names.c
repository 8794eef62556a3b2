// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/tee_names.h"

#include <ctype.h>
#include <errno.h>
#include <linux/ioctl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* --- tables --- */

const struct tee_name tee_results[] = {
	{0x00000000, "TEE_SUCCESS", "it worked"},
	/* OP-TEE's own, from the range for implementations. */
	{0x80000000, "TEE_ERROR_DEFER_DRIVER_INIT",
	 "a driver inside OP-TEE waits for another one; only while OP-TEE boots"},
	{0x80000001, "TEE_ERROR_NODE_DISABLED",
	 "a device is not assigned to the secure world; only while OP-TEE boots"},
	/* Internal Core API. */
	{0xf0100001, "TEE_ERROR_CORRUPT_OBJECT", "a stored object is damaged"},
	{0xf0100002, "TEE_ERROR_CORRUPT_OBJECT_2", "the second object of a call is damaged"},
	{0xf0100003, "TEE_ERROR_STORAGE_NOT_AVAILABLE", "the storage cannot be reached now"},
	{0xf0100004, "TEE_ERROR_STORAGE_NOT_AVAILABLE_2",
	 "the storage of the second object of a call cannot be reached now"},
	{0xf0100005, "TEE_ERROR_UNSUPPORTED_VERSION", "this version is not supported"},
	{0xf0100006, "TEE_ERROR_CIPHERTEXT_INVALID", "what is to be decrypted is malformed"},
	/* Sockets API. */
	{0xf1007001, "TEE_ISOCKET_ERROR_PROTOCOL",
	 "the socket's protocol failed; it has an error number of its own for it"},
	{0xf1007002, "TEE_ISOCKET_ERROR_REMOTE_CLOSED", "the other end closed the connection"},
	{0xf1007003, "TEE_ISOCKET_ERROR_TIMEOUT", "the socket did not get it done in time"},
	{0xf1007004, "TEE_ISOCKET_ERROR_OUT_OF_RESOURCES", "there is no room for the socket"},
	{0xf1007005, "TEE_ISOCKET_ERROR_LARGE_BUFFER", "more at once than the socket can take"},
	{0xf1007006, "TEE_ISOCKET_WARNING_PROTOCOL",
	 "the socket's protocol warns; it has a number of its own for it"},
	{0xf1007007, "TEE_ISOCKET_ERROR_HOSTNAME", "the name of the host has no address"},
	{0xf1010002, "TEE_ISOCKET_TCP_WARNING_UNKNOWN_OUT_OF_BAND",
	 "an unknown message arrived beside the data of the TCP connection"},
	{0xf1020002, "TEE_ISOCKET_UDP_WARNING_UNKNOWN_OUT_OF_BAND",
	 "an unknown message arrived beside the data of the UDP socket"},
	/* Client API and Internal Core API. */
	{0xffff0000, "TEE_ERROR_GENERIC", "it failed, and no code says why"},
	{0xffff0001, "TEE_ERROR_ACCESS_DENIED", "the caller has no right to it"},
	{0xffff0002, "TEE_ERROR_CANCEL", "it was cancelled on request"},
	{0xffff0003, "TEE_ERROR_ACCESS_CONFLICT", "somebody else uses the same thing now"},
	{0xffff0004, "TEE_ERROR_EXCESS_DATA", "more data than the request can take"},
	{0xffff0005, "TEE_ERROR_BAD_FORMAT", "the data does not have the form it should have"},
	{0xffff0006, "TEE_ERROR_BAD_PARAMETERS", "a parameter is wrong"},
	{0xffff0007, "TEE_ERROR_BAD_STATE", "not now: something else has to come first"},
	{0xffff0008, "TEE_ERROR_ITEM_NOT_FOUND", "what was asked for is not there"},
	{0xffff0009, "TEE_ERROR_NOT_IMPLEMENTED", "it ought to exist, and nobody has written it"},
	{0xffff000a, "TEE_ERROR_NOT_SUPPORTED", "a valid request that this TEE does not support"},
	{0xffff000b, "TEE_ERROR_NO_DATA", "data that should be there is missing"},
	{0xffff000c, "TEE_ERROR_OUT_OF_MEMORY",
	 "memory has run out, or something else of which there is only so much"},
	{0xffff000d, "TEE_ERROR_BUSY", "in use; another try may succeed"},
	{0xffff000e, "TEE_ERROR_COMMUNICATION", "the other side could not be reached"},
	{0xffff000f, "TEE_ERROR_SECURITY", "a security check failed"},
	{0xffff0010, "TEE_ERROR_SHORT_BUFFER",
	 "the result does not fit; the size it needs was handed back"},
	{0xffff0011, "TEE_ERROR_EXTERNAL_CANCEL",
	 "an event from outside ended a dialogue with the user"},
	{0xffff3001, "TEE_ERROR_TIMEOUT", "it was not done in time"},
	{0xffff300f, "TEE_ERROR_OVERFLOW", "a number would become larger than it can be"},
	{0xffff3024, "TEE_ERROR_TARGET_DEAD", "the trusted application has ended in a panic"},
	{0xffff3041, "TEE_ERROR_STORAGE_NO_SPACE", "the storage is full"},
	{0xffff3071, "TEE_ERROR_MAC_INVALID", "the message does not match its authentication code"},
	{0xffff3072, "TEE_ERROR_SIGNATURE_INVALID", "the message does not match its signature"},
	{0xffff5000, "TEE_ERROR_TIME_NOT_SET", "the trusted application has not set its clock yet"},
	{0xffff5001, "TEE_ERROR_TIME_NEEDS_RESET",
	 "the trusted application's clock cannot be relied on and has to be set again"},
	{}
};

const struct tee_name tee_origins[] = {
	{1, "API", "the client's library, before it asked the kernel"},
	{2, "COMMS",
	 "the way between client and TEE: the kernel's driver, or its call into the TEE"},
	{3, "TEE", "the TEE itself: its core, not the trusted application"},
	{4, "TRUSTED_APP", "the trusted application"},
	{}
};

const struct tee_name tee_shm_flags[] = {
	{1 << 0, "DYNAMIC", "ordinary memory, made known to the TEE page by page"},
	{1 << 1, "USER_MAPPED", "it is memory of a process, pinned"},
	{1 << 2, "POOL", "the driver's pool of shared memory provides it"},
	{1 << 3, "PRIV", "the driver's own, for its messages to the TEE"},
	{1 << 4, "DMA_BUF", "it stands for a dma-buf"},
	{1 << 5, "DMA_MEM", "contiguous pages, allocated in the way of DMA buffers"},
	{}
};

const struct tee_name tee_gen_caps[] = {
	{1 << 0, "GP", "it speaks the Client API of GlobalPlatform"},
	{1 << 1, "PRIVILEGED", "the device is for the supplicant (/dev/teeprivN)"},
	{1 << 2, "REG_MEM", "clients may register memory of their own"},
	{1 << 3, "MEMREF_NULL", "a memory reference may be null"},
	{1 << 4, "OBJREF", "parameters may refer to objects of the TEE"},
	{}
};

const struct tee_name tee_impls[] = {
	{1, "OPTEE", "OP-TEE, on Arm TrustZone and on RISC-V"},
	{2, "AMDTEE", "AMD-TEE, on the security processor of AMD's chips"},
	{3, "TSTEE", "Trusted Services, in secure partitions of Arm's FF-A"},
	{4, "QTEE", "Qualcomm's TEE"},
	{}
};

const struct tee_name tee_logins[] = {
	{0, "PUBLIC", "the client is not told to the trusted application"},
	{1, "USER", "the client is known by its user"},
	{2, "GROUP", "the client is known by a group it is in"},
	{4, "APPLICATION", "the client is known by its program"},
	{5, "USER_APPLICATION", "the client is known by its program and its user"},
	{6, "GROUP_APPLICATION", "the client is known by its program and a group it is in"},
	{0x80000000, "REE_KERNEL", "the client is the kernel; processes may not say so"},
	{}
};

const struct tee_name tee_params[] = {
	{0, "NONE", "not used"},
	{1, "VALUE_INPUT", "numbers for the TEE"},
	{2, "VALUE_OUTPUT", "numbers from the TEE"},
	{3, "VALUE_INOUT", "numbers for the TEE, which it changes"},
	{5, "MEMREF_INPUT", "shared memory that the TEE reads"},
	{6, "MEMREF_OUTPUT", "shared memory that the TEE writes"},
	{7, "MEMREF_INOUT", "shared memory that the TEE reads and writes"},
	{8, "UBUF_INPUT", "memory of the client that is copied to the TEE"},
	{9, "UBUF_OUTPUT", "memory of the client that the TEE's answer is copied to"},
	{10, "UBUF_INOUT", "memory of the client that is copied both ways"},
	{11, "OBJREF_INPUT", "an object that the client hands to the TEE"},
	{12, "OBJREF_OUTPUT", "an object that the TEE hands to the client"},
	{13, "OBJREF_INOUT", "an object handed over, and another one back"},
	{}
};

const struct tee_name tee_ioctls[] = {
	{0, "TEE_IOC_VERSION", "which TEE it is, and what it can do"},
	{1, "TEE_IOC_SHM_ALLOC", "allocate shared memory"},
	{2, "TEE_IOC_OPEN_SESSION", "open a session with a trusted application"},
	{3, "TEE_IOC_INVOKE", "call a command of a trusted application"},
	{4, "TEE_IOC_CANCEL", "cancel a call that is under way"},
	{5, "TEE_IOC_CLOSE_SESSION", "close a session"},
	{6, "TEE_IOC_SUPPL_RECV", "the supplicant waits for a request"},
	{7, "TEE_IOC_SUPPL_SEND", "the supplicant answers a request"},
	{8, "TEE_IOC_SHM_REGISTER_FD", "register a dma-buf as shared memory"},
	{9, "TEE_IOC_SHM_REGISTER", "register the client's own memory as shared memory"},
	{10, "TEE_IOC_OBJECT_INVOKE", "call an object of the TEE"},
	{}
};

const struct tee_name tee_rpcs[] = {
	{0, "LOAD_TA", "read the file of a trusted application"},
	{1, "RPMB", "access the protected partition of an eMMC, through the supplicant"},
	{2, "FS", "access the files of the secure storage"},
	{3, "GET_TIME", "tell the time of day"},
	{4, "NOTIFICATION", "wait for a notification or send one; once called WAIT_QUEUE"},
	{5, "SUSPEND", "let some milliseconds pass"},
	{6, "SHM_ALLOC", "allocate shared memory for the TEE"},
	{7, "SHM_FREE", "free shared memory that the TEE asked for"},
	{8, "SQL_FS", "secure storage in a database; given up long ago"},
	{9, "GPROF", "take a profile of a trusted application"},
	{10, "SOCKET", "use a network socket"},
	{11, "FTRACE", "take a trace of a trusted application's functions"},
	{12, "PLUGIN", "call a plugin of the supplicant"},
	{20, "BENCH_REG", "set up the buffer of a benchmark"},
	{21, "I2C_TRANSFER", "talk to a chip on an I2C bus"},
	{22, "RPMB_PROBE_RESET", "begin to look for protected partitions anew"},
	{23, "RPMB_PROBE_NEXT", "look for the next protected partition"},
	{24, "RPMB_FRAMES", "access a protected partition, through the kernel"},
	{}
};

#define SHM_HOLDERS                                                                              \
	"'limen tee ls' shows who holds shared memory, 'limen watch tee' reports an allocation " \
	"that fails, with the holders at that moment"
#define TEE_LOG "the log of the TEE itself, which often goes to a serial line of its own"

/* Those for one origin stand before those for any. */
const struct tee_hint tee_hints[] = {
	{1, 0xffff000c, "the client's library got no memory from the C library or from the kernel",
	 SHM_HOLDERS},
	{2, 0xffff000c, "the driver got no shared memory for the call or for its message",
	 SHM_HOLDERS},
	{3, 0xffff000c,
	 "the memory of the TEE is full: its own, that of trusted applications, or that for "
	 "mapping what clients share",
	 SHM_HOLDERS},
	{4, 0xffff000c,
	 "the trusted application's heap is full; its size was fixed when it was built",
	 SHM_HOLDERS},
	{0, 0xffff000c, NULL, SHM_HOLDERS},
	{1, 0xffff0008, "there is no TEE: no /dev/teeN that the client may open",
	 "'limen doctor tee'; the rights of /dev/tee*"},
	{3, 0xffff0008,
	 "a session was asked for with a UUID that the TEE does not have, and of which the "
	 "supplicant has no file",
	 "whether tee-supplicant runs, and UUID.ta in its directory, such as /lib/optee_armtz"},
	{3, 0xffff0001, "the trusted application does not admit this kind of login", NULL},
	{3, 0xffff000d, "the trusted application takes no further session",
	 "who has a session with it"},
	{2, 0xffff000e, "the call did not get into the TEE, or the TEE refused it",
	 "the kernel's log"},
	{3, 0xffff000e, "the TEE needed the supplicant, and got no answer",
	 "whether tee-supplicant runs"},
	{3, 0xffff000f,
	 "the file of the trusted application is not signed with the key that this TEE asks "
	 "for",
	 TEE_LOG},
	{0, 0xf0100003,
	 "the supplicant does not run, or cannot get at its directory or at the protected "
	 "partition",
	 "whether tee-supplicant runs"},
	{0, 0xffff3024, NULL, TEE_LOG},
	{}
};

/* What each maker in drivers/tee/tee_shm.c sets. */
static const struct tee_name makers[] = {
	{0x01, "register_kernel_buf", "memory of the kernel that was registered"},
	{0x03, "register_user_buf", "memory of a client that it registered"},
	{0x04, "alloc_user_buf",
	 "allocated for a client, in a process or in the kernel, from memory that is shared "
	 "for good"},
	{0x05, "alloc_user_buf", "allocated for a client, in a process or in the kernel"},
	{0x0c, "alloc_priv_buf", "a message buffer of the driver"},
	{0x10, "register_fd", "a dma-buf that a client registered"},
	{0x20, "alloc_dma_mem", "memory that is to become protected memory of the TEE"},
	{}
};

const struct tee_uuid_name tee_uuids[] = {
	{"486178e0-e7f8-11e3-bc5e-0002a5d5c51b", "optee-os", "OP-TEE itself"},
	/* Pseudo TAs: part of OP-TEE's core. */
	{"7011a688-ddde-4053-a5a9-7b3c4ddf13b8", "device.pta",
	 "lists the TAs that become devices of the kernel"},
	{"ab7a617c-b8e7-4d8f-8301-d09b61036b64", "rng.pta", "random numbers for the kernel"},
	{"f389f8c8-845f-496c-8bbe-d64bd24c92fd", "rtc.pta", "real-time clock"},
	{"a8cfe406-d4f5-4a2e-9f8d-a25dc754c099", "scmi.pta",
	 "clocks, resets, voltages by SCMI messages"},
	{"3a2f8978-5dc0-11e8-9c2d-fa7ae01bbebc", "system.pta", "services of the core to TAs"},
	{"0dc571c7-b1a7-43fb-a878-72c7b8c588bb", "attestation.pta",
	 "signed hashes of TAs and of OP-TEE"},
	{"a77955f9-eea1-44fd-add5-4a9d962afcf5", "veraison.pta", "evidence for Veraison"},
	{"d96a5b40-e2c7-b1af-8794-1002a5d5c61b", "stats.pta", "statistics of OP-TEE's memory"},
	{"d96a5b40-c3e5-21e3-8794-1002a5d5c61b", "invoke_tests.pta",
	 "xtest: tests inside the core"},
	{"3b996a7d-2c2b-4a49-a896-e1fb5766d2f4", "socket.pta", "network sockets for TAs"},
	{"2f6e0d48-c574-426d-824e-40198cde5cac", "gprof.pta", "profiles of TAs"},
	{"0b9a63b0-b4c6-4c85-a284-a228ef547b4e", "benchmark.pta", "times of calls"},
	{"6e256cba-fc4d-4941-ad09-2ca1860342dd", "secstor_ta_mgmt.pta",
	 "installs TAs into the secure storage"},
	{"3f3eb880-3639-11ec-9b9d-0f3fc9468f50", "apdu.pta", "messages to a secure element"},
	{"be0e5821-e718-4f77-ab3e-8e6c73a9c735", "scp03.pta", "secure channel to a secure element"},
	{"ed32d533-99e6-4209-9cc0-2d72cdd998a7", "stmm", "UEFI variables: Standalone MM of EDK II"},
	{"54af4a68-19be-40d7-bbe6-8950350a8744", "remoteproc.pta",
	 "starts and stops remote processors"},
	{"94cf71ad-80e6-40b5-a7c6-3dc501eb2803", "bsec.pta", "fuses of STM32MP chips"},
	{"ef477737-0db1-4a9d-8437-f2f535c0bd92", "dek_blob.pta",
	 "keys of encrypted boot, i.MX chips"},
	{"bfdbe409-3302-4abf-99bc-5f623226a739", "digprog.pta", "revision of an i.MX chip"},
	{"83268b7c-85e3-11e8-adc0-fa7ae01bbebc", "manufacturing.pta",
	 "manufacturing protection of i.MX chips"},
	{"9abdf255-d8fa-40de-8f60-4d0b27927b7d", "ocotp.pta", "fuses of i.MX chips"},
	{"acc50f40-0613-4abd-8dfe-a964cb74eb69", "k3_otp.pta", "fuses of TI K3 chips"},
	{"a6b493c0-e100-4a13-9b00-bce42d53ced8", "versal.pta",
	 "loads programmable logic, Versal chips"},
	{"6272636d-2019-0716-4243-4d5f53434849", "bnxt.pta",
	 "firmware of Broadcom network adapters"},
	{"721f4da9-da05-40d4-a1a3-8377c1e08b0a", "widevine.pta", "keys for Widevine"},
	/* TAs for use. */
	{"fd02c9da-306c-48c7-a49c-bbd827ae86ee", "pkcs11", "PKCS #11 tokens"},
	{"f04a0fe7-1f5d-4b9b-abf7-619b85b4ce8c", "trusted_keys", "trusted keys of the kernel"},
	{"bc50d971-d4c9-42c4-82cb-343fb7f37896", "ftpm", "TPM 2.0 in software (fTPM)"},
	{"023f8f1a-292a-432b-8fc4-de8471358067", "avb", "Android Verified Boot"},
	{"80a4c275-0a47-4905-8285-1486a9771a08", "remoteproc",
	 "checks the firmware of remote processors"},
	{"dba51a17-0563-11e7-93b1-6fa7b0071a51", "keymaster", "keys of Android"},
	{"4d573443-6a56-4272-ac6f-2425af9ef9bb", "gatekeeper", "passwords of Android"},
	{"6fd93b77-3fb8-524d-b12d-c529b13d8543", "amd-pmf",
	 "AMD-TEE: policies of the platform's management"},
	{"d9b39bf2-66bd-4154-afb8-8acc2b2b60d6", "amd-pmf-2",
	 "AMD-TEE: the same, on other machines"},
	/* optee_examples. */
	{"8aaaf200-2450-11e4-abe2-0002a5d5c51b", "hello_world",
	 "example of OP-TEE, and copied by many"},
	{"5dbac793-f574-4871-8ad3-04331ec17f24", "aes", "example of OP-TEE: AES"},
	{"a734eed9-d6a1-4244-aa50-7c99719e7b7b", "acipher", "example of OP-TEE: RSA"},
	{"484d4143-2d53-4841-3120-4a6f636b6542", "hotp", "example of OP-TEE: one-time passwords"},
	{"b6c53aba-9669-4668-a7f2-205629d00f86", "random", "example of OP-TEE: random numbers"},
	{"f4e750bb-1437-4fbf-8785-8d3580c34994", "secure_storage",
	 "example of OP-TEE: stored objects"},
	{"2a287631-de1b-4fdd-a55c-b9312e40769a", "plugins",
	 "example of OP-TEE: plugins of the supplicant"},
	/* The test suite. */
	{"5b9e0e40-2636-11e1-ad9e-0002a5d5c51b", "os_test", "xtest: services of the core"},
	{"cb3e5ba0-adf1-11e0-998b-0002a5d5c51b", "crypt", "xtest: cryptography"},
	{"b689f2a7-8adf-477a-9f99-32e90c0ad0a2", "storage", "xtest: stored objects"},
	{"731e279e-aafb-4575-a771-38caa6f0cca6", "storage2",
	 "xtest: stored objects of a second TA"},
	{"f157cda0-550c-11e5-a6fa-0002a5d5c51b", "storage_benchmark",
	 "xtest: speed of stored objects"},
	{"873bcd08-c2c3-11e6-a937-d0bf9c45c61c", "socket", "xtest: network sockets"},
	{"e6a33ed4-562b-463a-bb7e-ff5e15a493c8", "sims", "xtest: one instance for all sessions"},
	{"a4c04d50-f180-11e8-8eb2-f2801f1b9fd1", "sims_keepalive", "xtest: an instance that stays"},
	{"528938ce-fc59-11e8-8eb2-f2801f1b9fd1", "miss", "xtest: an instance for each session"},
	{"d17f73a0-36ef-11e1-984a-0002a5d5c51b", "rpc_test", "xtest: calls from TA to TA"},
	{"c3f6e2c0-3548-11e1-b86c-0800200c9a66", "create_fail_test",
	 "xtest: a TA that does not start"},
	{"e13010e0-2ae1-11e5-896a-0002a5d5c51b", "concurrent", "xtest: sessions in parallel"},
	{"5ce0c432-0ab0-40e5-a056-782ca0e6aba2", "concurrent_large",
	 "xtest: sessions in parallel, with much memory"},
	{"25497083-a58a-4fc5-8a72-1ad7b69b8562", "large", "xtest: a large TA"},
	{"02a42f43-d8b7-4a57-aa4d-87bd9b5587cb", "crypto_perf", "xtest: speed of cryptography"},
	{"e626662e-c0e2-485c-b8c8-09fbce6edf3d", "aes_perf", "xtest: speed of AES"},
	{"614789f2-39c0-4ebf-b235-92b32ac107ed", "sha_perf", "xtest: speed of hashes"},
	{"380231ac-fb99-47ad-a689-9e017eb6e78a", "supp_plugin", "xtest: plugins of the supplicant"},
	{"5c206987-16a3-59cc-ab0f-64b9cfc9e758", "subkey1", "xtest: signed with a subkey"},
	{"a720ccbb-51da-417d-b82e-e5445d474a7a", "subkey2",
	 "xtest: signed with the subkey of a subkey"},
	{"ffd2bded-ab7d-4988-95ee-e4962fff7154", "os_test_lib", "xtest: shared library of os_test"},
	{"b3091a65-9751-4784-abf7-0298a7cc35ba", "os_test_lib_dl",
	 "xtest: library that os_test loads"},
	{"12345678-5b69-11e4-9dbb-101f74f00099", "sdp_basic", "xtest: secure data path"},
	{"3616069b-504d-4044-9497-feb84a073a14", "bti_test", "xtest: branch target checks"},
	{"999e4033-3460-4f67-922e-45e4153fb20e", "pauth_test", "xtest: pointer authentication"},
	{"ee90d523-90ad-46a0-859d-8eea0b150086", "tpm_log_test", "xtest: event log of the TPM"},
	{}
};

/* --- numbers --- */

const struct tee_name *tee_find(const struct tee_name *table, __u32 code)
{
	for (; table->name; table++)
		if (table->code == code)
			return table;
	return NULL;
}

const struct tee_name *tee_find_name(const struct tee_name *table, const char *name)
{
	for (; table->name; table++)
		if (!strcasecmp(table->name, name))
			return table;
	return NULL;
}

static const char *name_of(const struct tee_name *name)
{
	return name ? name->name : NULL;
}

static const char *words_of(const struct tee_name *name)
{
	return name ? name->words : NULL;
}

const char *tee_result_name(__u32 code)
{
	return name_of(tee_find(tee_results, code));
}

const char *tee_result_words(__u32 code)
{
	return words_of(tee_find(tee_results, code));
}

const char *tee_origin_name(__u32 origin)
{
	return name_of(tee_find(tee_origins, origin));
}

const char *tee_origin_words(__u32 origin)
{
	return words_of(tee_find(tee_origins, origin));
}

const char *tee_impl_name(__u32 impl)
{
	return name_of(tee_find(tee_impls, impl));
}

const char *tee_login_name(__u32 login)
{
	return name_of(tee_find(tee_logins, login));
}

const char *tee_rpc_name(__u32 cmd)
{
	return name_of(tee_find(tee_rpcs, cmd));
}

const struct tee_name *tee_ioctl_find(__u32 cmd)
{
	/* The size in the command is not compared: vendors' kernels differ in it. */
	if (cmd > 0xff && _IOC_TYPE(cmd) != 0xa4)
		return NULL;
	return tee_find(tee_ioctls, _IOC_NR(cmd));
}

const char *tee_ioctl_name(__u32 cmd)
{
	return name_of(tee_ioctl_find(cmd));
}

const struct tee_name *tee_param_find(__u64 attr)
{
	return tee_find(tee_params, attr & 0xff);
}

const char *tee_param_name(__u64 attr)
{
	return name_of(tee_param_find(attr));
}

/* --- results --- */

const char *tee_result_stem(const char *name)
{
	static const char *const before[] = {"TEEC_", "TEE_", "ERROR_"};
	size_t i;

	for (i = 0; i < sizeof(before) / sizeof(before[0]); i++)
		if (!strncasecmp(name, before[i], strlen(before[i])))
			name += strlen(before[i]);
	return name;
}

const struct tee_name *tee_result_find_name(const char *name)
{
	const struct tee_name *result;

	name = tee_result_stem(name);
	for (result = tee_results; result->name; result++)
		if (!strcasecmp(tee_result_stem(result->name), name))
			return result;
	return NULL;
}

bool tee_result_in_client(__u32 code)
{
	return code == 0 || (code >= 0xffff0000 && code <= 0xffff0010) || code == 0xffff3024;
}

const char *tee_result_range(__u32 code)
{
	if (code >= 0x70000000 && code <= 0x7fffffff)
		return "a TEE's own code, from the range that is for no error";
	if (code >= 0x80000000 && code <= 0x8fffffff)
		return "a TEE's own error code";
	return NULL;
}

const struct tee_hint *tee_hint_find(__u32 origin, __u32 code)
{
	const struct tee_hint *hint;

	for (hint = tee_hints; hint->often || hint->next; hint++)
		if (hint->code == code && (!hint->origin || hint->origin == origin))
			return hint;
	return NULL;
}

/* --- flags --- */

static size_t append(char *out, size_t size, size_t used, const char *text)
{
	int n;

	if (used >= size)
		return used;
	n = snprintf(out + used, size - used, "%s%s", used ? "|" : "", text);
	return n < 0 ? used : used + n;
}

static const char *flags_text(const struct tee_name *table, __u32 flags, char *out, size_t size)
{
	char rest[16];
	size_t used = 0;

	for (; table->name; table++) {
		if (!(flags & table->code))
			continue;
		used = append(out, size, used, table->name);
		flags &= ~table->code;
	}
	snprintf(rest, sizeof(rest), flags ? "0x%x" : "0", flags);
	if (flags || !used)
		append(out, size, used, rest);
	return out;
}

const char *tee_shm_flags_text(__u32 flags, char *out, size_t size)
{
	return flags_text(tee_shm_flags, flags, out, size);
}

const char *tee_gen_caps_text(__u32 caps, char *out, size_t size)
{
	return flags_text(tee_gen_caps, caps, out, size);
}

const char *tee_shm_flags_words(__u32 flags)
{
	return words_of(tee_find(makers, flags));
}

/* --- UUIDs --- */

static const char uuid_form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
_Static_assert(sizeof(uuid_form) == TEE_UUID_LEN, "room for a UUID");

const char *tee_uuid_text(const __u8 uuid[16], char out[TEE_UUID_LEN])
{
	static const char digits[] = "0123456789abcdef";
	unsigned int i, nibble = 0;

	for (i = 0; uuid_form[i]; i++) {
		out[i] = uuid_form[i];
		if (out[i] != 'x')
			continue;
		out[i] = digits[uuid[nibble / 2] >> (nibble % 2 ? 0 : 4) & 0xf];
		nibble++;
	}
	out[i] = '\0';
	return out;
}

static unsigned int hex_value(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

int tee_uuid_parse(const char *text, __u8 uuid[16])
{
	__u8 octets[16] = {0};
	unsigned int i, nibble = 0;

	for (i = 0; uuid_form[i]; i++) {
		/* A text that ends too early fails here: NUL is neither. */
		if (uuid_form[i] == '-' ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return -EINVAL;
		if (uuid_form[i] == '-')
			continue;
		octets[nibble / 2] |= hex_value(text[i]) << (nibble % 2 ? 0 : 4);
		nibble++;
	}
	if (text[i])
		return -EINVAL;
	memcpy(uuid, octets, sizeof(octets));
	return 0;
}

const struct tee_uuid_name *tee_uuid_find(const __u8 uuid[16])
{
	const struct tee_uuid_name *known;
	char text[TEE_UUID_LEN];

	tee_uuid_text(uuid, text);
	for (known = tee_uuids; known->name; known++)
		if (!strcmp(known->uuid, text))
			return known;
	return NULL;
}

const struct tee_uuid_name *tee_uuid_find_name(const char *name)
{
	const struct tee_uuid_name *known;

	for (known = tee_uuids; known->name; known++)
		if (!strcasecmp(known->name, name))
			return known;
	return NULL;
}
