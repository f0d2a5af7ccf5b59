// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <linux/ctx.h>

#include "grants.h"
#include "vps.h"

_Static_assert(sizeof(struct kx_device) == sizeof(struct ctx_device), "it is handed on as it is");
_Static_assert(KX_DEVICES_MAX == CTX_DEVICES_MAX, "as the kernel has it");
_Static_assert(KX_OSRELEASE_MAX == CTX_OSRELEASE_MAX, "as the kernel has it");
_Static_assert(KX_REFUSALS_MAX >= __CTX_REFUSED_MAX, "room for all of the kernel's");

static const char *const features[] = {
	[CTX_FEATURE_FUSE] = "fuse",
	[CTX_FEATURE_TUN] = "tun",
	[CTX_FEATURE_PPP] = "ppp",
	[CTX_FEATURE_NESTING] = "nesting",
	[CTX_FEATURE_BPF] = "bpf",
	[CTX_FEATURE_PERF] = "perf",
	[CTX_FEATURE_IO_URING] = "io_uring",
	[CTX_FEATURE_BRIDGE] = "bridge",
	[CTX_FEATURE_SYSFS] = "sysfs",
	[CTX_FEATURE_IPIP] = "ipip",
	[CTX_FEATURE_GRE] = "gre",
	[CTX_FEATURE_WIREGUARD] = "wireguard",
	[CTX_FEATURE_IPSEC] = "ipsec",
	[CTX_FEATURE_NFS] = "nfs",
};

static const char *const levels[] = {
	[CTX_NETFILTER_DISABLED] = "disabled",
	[CTX_NETFILTER_STATELESS] = "stateless",
	[CTX_NETFILTER_STATEFUL] = "stateful",
	[CTX_NETFILTER_FULL] = "full",
};

static const char *const refusals[] = {
	[CTX_REFUSED_SIGNAL] = "signal",
	[CTX_REFUSED_PTRACE] = "ptrace",
	[CTX_REFUSED_SCHED] = "sched",
	[CTX_REFUSED_FD] = "fd",
	[CTX_REFUSED_UNIX] = "unix",
	[CTX_REFUSED_SOCKET] = "socket",
	[CTX_REFUSED_KEY] = "key",
	[CTX_REFUSED_IPC] = "ipc",
	[CTX_REFUSED_MOUNT] = "mount",
	[CTX_REFUSED_FILE] = "file",
	[CTX_REFUSED_DEVICE] = "device",
	[CTX_REFUSED_MKNOD] = "mknod",
	[CTX_REFUSED_CAPABILITY] = "capability",
	[CTX_REFUSED_MODULE] = "module",
	[CTX_REFUSED_BPF] = "bpf",
	[CTX_REFUSED_PERF] = "perf",
	[CTX_REFUSED_IO_URING] = "io_uring",
	[CTX_REFUSED_SYSCTL] = "sysctl",
	[CTX_REFUSED_NETDEV] = "netdev",
	[CTX_REFUSED_NETFILTER] = "netfilter",
	[CTX_REFUSED_SYSLOG] = "syslog",
	[CTX_REFUSED_KERNEL] = "kernel",
	[CTX_REFUSED_QUOTA] = "quota",
	[CTX_REFUSED_TTY] = "tty",
	[CTX_REFUSED_USERNS] = "userns",
	[CTX_REFUSED_UPCALL] = "upcall",
};

/* What a feature is of no use without. */
static const struct {
	unsigned int feature;
	const char *path;
	mode_t mode;
	unsigned int major, minor;
} feature_nodes[] = {
	{ CTX_FEATURE_FUSE, "fuse", S_IFCHR | 0666, 10, 229 },
	{ CTX_FEATURE_TUN, "net/tun", S_IFCHR | 0666, 10, 200 },
	{ CTX_FEATURE_PPP, "ppp", S_IFCHR | 0600, 108, 0 },
};

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static int find(const char *const *names, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(names[i]) == len && !strncmp(names[i], name, len))
			return i;
	return -1;
}

int kx_feature_find(const char *name, size_t len)
{
	return find(features, COUNT(features), name, len);
}

int kx_netfilter_find(const char *name)
{
	return find(levels, COUNT(levels), name, strlen(name));
}

const char *kx_feature_name(unsigned int bit)
{
	return bit < COUNT(features) ? features[bit] : NULL;
}

const char *kx_netfilter_name(unsigned int level)
{
	return level < COUNT(levels) ? levels[level] : NULL;
}

const char *kx_refusal_name(unsigned int reason)
{
	return reason < COUNT(refusals) ? refusals[reason] : NULL;
}

/* Without what CTID.conf and JSON would have to quote. */
bool kx_osrelease_valid(const char *release)
{
	if (strlen(release) > KX_OSRELEASE_MAX)
		return false;
	for (const char *c = release; *c; c++)
		if (*c <= ' ' || *c > '~' || strchr("\"\\'$`", *c))
			return false;
	return true;
}

/* With or without "cap_", in either case, as people write them. */
int kx_capability_find(const char *name, size_t len)
{
	char text[48] = "cap_";
	cap_value_t bit;

	if (len >= 4 && !strncasecmp(name, "cap_", 4)) {
		name += 4;
		len -= 4;
	}
	if (!len || len > sizeof(text) - 5)
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (!isalpha((unsigned char)name[i]) && name[i] != '_')
			return -1;
		text[4 + i] = tolower((unsigned char)name[i]);
	}
	return cap_from_name(text, &bit) ? -1 : bit;
}

int kx_access_parse(const char *text, uint32_t *access)
{
	*access = 0;
	if (!strcmp(text, "none"))
		return 0;
	for (; *text; text++) {
		uint32_t bit = *text == 'r' ? CTX_DEVICE_READ :
			       *text == 'w' ? CTX_DEVICE_WRITE :
			       *text == 'm' ? CTX_DEVICE_MKNOD : 0;

		if (!bit || *access & bit)
			return -1;
		*access |= bit;
	}
	return *access ? 0 : -1;
}

static int parse_number(const char **text, unsigned int max, uint32_t *number)
{
	size_t len = strcspn(*text, ":");
	char digits[16];
	uint64_t n;

	if (len >= sizeof(digits))
		return -1;
	memcpy(digits, *text, len);
	digits[len] = '\0';
	*text += len + ((*text)[len] == ':');
	if (!strcmp(digits, "all")) {
		*number = CTX_DEVICE_ANY;
		return 0;
	}
	if (kx_parse_u64(digits, &n) || n > max)
		return -1;
	*number = n;
	return 0;
}

int kx_device_parse(const char *word, struct kx_device *device)
{
	if ((*word != 'b' && *word != 'c') || word[1] != ':')
		return -1;
	device->type = *word;
	word += 2;
	/* Numbers as wide as the kernel's dev_t has them. */
	if (parse_number(&word, 0xfff, &device->major) ||
	    device->major == CTX_DEVICE_ANY ||
	    parse_number(&word, 0xfffff, &device->minor) ||
	    kx_access_parse(word, &device->access))
		return -1;
	return 0;
}

int kx_devnode_find(const char *name, struct kx_node *node, struct kx_err *err)
{
	struct stat st;
	char path[80];

	if (!*name || strlen(name) >= sizeof(node->path) || *name == '/' ||
	    strstr(name, "..") ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-") != strlen(name))
		return kx_fail(err, KX_VALUE, 0,
			       "--devnodes: \"%s\": allowed is the name of a device below /dev",
			       name);
	snprintf(path, sizeof(path), "/dev/%s", name);
	if (stat(path, &st))
		return kx_fail(err, KX_VALUE, errno, "--devnodes: %s", path);
	if (!S_ISBLK(st.st_mode) && !S_ISCHR(st.st_mode))
		return kx_fail(err, KX_VALUE, 0, "--devnodes: %s is not a device", path);
	strcpy(node->path, name);
	node->mode = st.st_mode;
	node->dev = st.st_rdev;
	return 0;
}

struct collect {
	const struct kx_vps *vps;
	struct kx_grants *grants;
	struct kx_nodes *nodes;
	struct kx_err *err;
};

static int bad_word(struct collect *c, const char *key, const char *word)
{
	return kx_fail(c->err, KX_VALUE, 0, "VPS %u: %s=\"%s\" is not valid",
		       c->vps->id, key, word);
}

/* "name:on" or "name:off" in @bits. */
static int add_switch(struct collect *c, const char *key, const char *word,
		      int (*find_bit)(const char *, size_t), uint64_t *bits)
{
	size_t len = strcspn(word, ":");
	int bit = find_bit(word, len);

	if (bit < 0 || (strcmp(word + len, ":on") && strcmp(word + len, ":off")))
		return bad_word(c, key, word);
	if (!strcmp(word + len, ":on"))
		*bits |= 1ULL << bit;
	else
		*bits &= ~(1ULL << bit);
	return 0;
}

static int add_feature(const char *word, void *arg)
{
	struct collect *c = arg;

	return add_switch(c, "FEATURES", word, kx_feature_find, &c->grants->features);
}

static int add_capability(const char *word, void *arg)
{
	struct collect *c = arg;

	return add_switch(c, "CAPABILITY", word, kx_capability_find, &c->grants->caps);
}

static int add_device(struct collect *c, const struct kx_device *device)
{
	if (c->grants->ndevices == KX_DEVICES_MAX)
		return kx_fail(c->err, KX_VALUE, 0,
			       "VPS %u has more than %d devices in DEVICES and DEVNODES",
			       c->vps->id, KX_DEVICES_MAX);
	c->grants->devices[c->grants->ndevices++] = *device;
	return 0;
}

static int add_devices(const char *word, void *arg)
{
	struct kx_device device;
	struct collect *c = arg;

	if (kx_device_parse(word, &device))
		return bad_word(c, "DEVICES", word);
	return add_device(c, &device);
}

/* "net/tun:rw" */
static int split_devnode(struct collect *c, const char *word, struct kx_node *node,
			 uint32_t *access)
{
	size_t len = strcspn(word, ":");
	cleanup_free char *name = strndup(word, len);

	if (!name)
		return kx_nomem(c->err);
	if (!word[len] || kx_access_parse(word + len + 1, access))
		return bad_word(c, "DEVNODES", word);
	return kx_devnode_find(name, node, c->err);
}

static int add_devnode(const char *word, void *arg)
{
	struct collect *c = arg;
	struct kx_device device;
	struct kx_node node;

	if (split_devnode(c, word, &node, &device.access))
		return -1;
	device.type = S_ISBLK(node.mode) ? 'b' : 'c';
	device.major = major(node.dev);
	device.minor = minor(node.dev);
	/* Whoever may use it may make it. */
	if (device.access)
		device.access |= CTX_DEVICE_MKNOD;
	return add_device(c, &device);
}

static int change_switches(struct collect *c, const char *value,
			   int (*add)(const char *word, void *arg))
{
	cleanup_free char *words = strdup(value);
	char *save = NULL;

	if (!words)
		return kx_nomem(c->err);
	for (char *word = strtok_r(words, ",", &save); word; word = strtok_r(NULL, ",", &save))
		if (add(word, c))
			return -1;
	return 0;
}

int kx_grants_change(const struct kx_vps *vps, struct kx_grants *grants,
		     const struct kx_change *changes, size_t count,
		     struct kx_err *err)
{
	struct collect c = { .vps = vps, .grants = grants, .err = err };
	struct kx_grants conf;
	int ret = kx_grants_of(vps, &conf, err);

	for (; !ret && count; changes++, count--) {
		if (!strcmp(changes->option, "features"))
			ret = change_switches(&c, changes->value, add_feature);
		else if (!strcmp(changes->option, "capability"))
			ret = change_switches(&c, changes->value, add_capability);
		else if (!strcmp(changes->option, "netfilter"))
			grants->netfilter = conf.netfilter;
		else if (!strcmp(changes->option, "osrelease"))
			strcpy(grants->osrelease, conf.osrelease);
		else if (!strncmp(changes->option, "dev", 3)) {
			grants->ndevices = conf.ndevices;
			memcpy(grants->devices, conf.devices, sizeof(conf.devices));
		}
	}
	return ret;
}

/* As many as kx_grants_of() has found to be allowed. */
static int add_node(const char *word, void *arg)
{
	struct collect *c = arg;
	uint32_t access;

	return split_devnode(c, word, &c->nodes->list[c->nodes->count++], &access);
}

int kx_grants_of(const struct kx_vps *vps, struct kx_grants *grants,
		 struct kx_err *err)
{
	const char *level = kx_vps_get(vps, "NETFILTER");
	const char *release = kx_vps_get(vps, "OSRELEASE");
	struct collect c = { .vps = vps, .grants = grants, .err = err };

	*grants = (struct kx_grants){
		.caps = CTX_CAPS_DEFAULT,
		.netfilter = CTX_NETFILTER_STATEFUL,
	};
	if (*level) {
		int found = kx_netfilter_find(level);

		if (found < 0)
			return bad_word(&c, "NETFILTER", level);
		grants->netfilter = found;
	}
	if (!kx_osrelease_valid(release))
		return bad_word(&c, "OSRELEASE", release);
	strcpy(grants->osrelease, release);
	if (kx_each_word(kx_vps_get(vps, "FEATURES"), add_feature, &c) ||
	    kx_each_word(kx_vps_get(vps, "CAPABILITY"), add_capability, &c) ||
	    kx_each_word(kx_vps_get(vps, "DEVICES"), add_devices, &c) ||
	    kx_each_word(kx_vps_get(vps, "DEVNODES"), add_devnode, &c))
		return -1;
	return 0;
}

int kx_grants_nodes(const struct kx_vps *vps, struct kx_nodes *nodes,
		    struct kx_err *err)
{
	struct collect c = { .vps = vps, .nodes = nodes, .err = err };
	struct kx_grants grants;

	_Static_assert(COUNT(feature_nodes) + KX_DEVICES_MAX <= COUNT(nodes->list),
		       "room for all of them");
	nodes->count = 0;
	if (kx_grants_of(vps, &grants, err))
		return -1;
	for (size_t i = 0; i < COUNT(feature_nodes); i++) {
		struct kx_node *node = &nodes->list[nodes->count];

		if (!(grants.features & 1ULL << feature_nodes[i].feature))
			continue;
		strcpy(node->path, feature_nodes[i].path);
		node->mode = feature_nodes[i].mode;
		node->dev = makedev(feature_nodes[i].major, feature_nodes[i].minor);
		nodes->count++;
	}
	return kx_each_word(kx_vps_get(vps, "DEVNODES"), add_node, &c);
}
