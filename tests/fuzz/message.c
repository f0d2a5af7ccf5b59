// SPDX-License-Identifier: GPL-2.0
#include "message.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

#define HEAD	(NLMSG_HDRLEN + GENL_HDRLEN)

static int family, group;
static uint8_t kinds[CTX_A_MAX + 1];	/* enum netlink_attribute_type */
static unsigned char inbox[65536];

static struct nlmsghdr *head_of(struct message *m)
{
	return (void *)m->data;
}

static struct genlmsghdr *genl_of(struct message *m)
{
	return (void *)(m->data + NLMSG_HDRLEN);
}

void message_begin(struct message *m, int cmd, int flags)
{
	memset(m->data, 0, HEAD);
	m->len = HEAD;
	*head_of(m) = (struct nlmsghdr){
		.nlmsg_type = family,
		.nlmsg_flags = NLM_F_REQUEST | flags,
	};
	*genl_of(m) = (struct genlmsghdr){ .cmd = cmd, .version = CTX_GENL_VERSION };
}

void message_put(struct message *m, int type, const void *value, size_t size)
{
	struct nlattr *attr = (void *)(m->data + m->len);

	if (m->len + NLA_HDRLEN + NLA_ALIGN(size) > sizeof(m->data))
		return;
	memset(attr, 0, NLA_HDRLEN + NLA_ALIGN(size));
	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + size;
	if (size)
		memcpy(attr + 1, value, size);
	m->len += NLA_HDRLEN + NLA_ALIGN(size);
}

void message_u32(struct message *m, int type, uint32_t value)
{
	message_put(m, type, &value, sizeof(value));
}

static uint64_t some_number(bool wild)
{
	if (wild)
		return rnd_edge();
	switch (rnd(3)) {
	case 0:
		return rnd(4);
	case 1:
		return 1ULL << rnd(14);
	}
	return (1ULL << rnd(41)) - 1;
}

static void put_text(struct message *m, int type, bool wild)
{
	static const char *const texts[] = {
		"a", "web-1", "b.example.org", "x", "", " ", "a/b", "\x01\x7f\xff", "0",
	};
	char text[600];
	size_t len;

	snprintf(text, sizeof(text), "%s", texts[rnd(wild ? COUNT(texts) : 4)]);
	len = strlen(text) + 1;
	if (wild && once_in(2)) {
		len = rnd(once_in(4) ? sizeof(text) : CTX_NAME_MAX + 4);
		memset(text, 'n', len);
		if (len && once_in(2))
			text[len - 1] = '\0';
	}
	message_put(m, type, text, len);
}

/* Words of 32 bits: what arrays of structures of them are made of. */
static void put_binary(struct message *m, int type, bool wild)
{
	uint32_t words[1024];
	size_t n = rnd(5) * 4;

	for (size_t i = 0; i < COUNT(words); i++)
		words[i] = i % 4 == 0 ? 'b' + rnd(2) :
			   i % 4 == 3 ? rnd(8) : rnd(300);
	if (wild) {
		n = rnd(once_in(8) ? COUNT(words) : 40);
		for (size_t i = 0; i < n; i++)
			if (once_in(3))
				words[i] = rnd_edge();
	}
	message_put(m, type, words, n * sizeof(*words) -
		    (wild && n && once_in(3) ? rnd(4) : 0));
}

static void put_nested(struct message *m, int type, bool wild)
{
	static int depth;
	size_t at = m->len;
	struct nlattr *attr;

	message_put(m, type | NLA_F_NESTED, NULL, 0);
	if (m->len == at || depth > 20)
		return;
	depth++;
	for (int n = rnd(4); n--;)
		message_some(m, rnd(CTX_A_MAX + 2), wild);
	depth--;
	attr = (void *)(m->data + at);
	attr->nla_len = m->len - at;
}

static void put_garbage(struct message *m, int type)
{
	unsigned char bytes[64];
	size_t size = rnd(sizeof(bytes));

	rnd_bytes(bytes, sizeof(bytes));
	message_put(m, type, bytes, size);
}

void message_some(struct message *m, int type, bool wild)
{
	uint8_t kind = type >= 0 && type <= CTX_A_MAX ? kinds[type] : 0;
	uint64_t n = some_number(wild);

	if (wild && once_in(4))
		kind = rnd(NL_ATTR_TYPE_BITFIELD32 + 2);
	if (wild && once_in(4))
		type |= once_in(2) ? NLA_F_NESTED : NLA_F_NET_BYTEORDER;
	switch (kind) {
	case NL_ATTR_TYPE_FLAG:
		return message_put(m, type, NULL, 0);
	case NL_ATTR_TYPE_U8:
	case NL_ATTR_TYPE_S8:
		return message_put(m, type, &n, 1);
	case NL_ATTR_TYPE_U16:
	case NL_ATTR_TYPE_S16:
		return message_put(m, type, &n, 2);
	case NL_ATTR_TYPE_U32:
	case NL_ATTR_TYPE_S32:
		return message_put(m, type, &n, 4);
	case NL_ATTR_TYPE_U64:
	case NL_ATTR_TYPE_S64:
	case NL_ATTR_TYPE_BITFIELD32:
		return message_put(m, type, &n, 8);
	case NL_ATTR_TYPE_STRING:
	case NL_ATTR_TYPE_NUL_STRING:
		return put_text(m, type, wild);
	case NL_ATTR_TYPE_BINARY:
		return put_binary(m, type, wild);
	case NL_ATTR_TYPE_NESTED:
	case NL_ATTR_TYPE_NESTED_ARRAY:
		return put_nested(m, type, wild);
	}
	if (wild)
		put_garbage(m, type);
}

/* Some attribute of the message, by its header. */
static struct nlattr *pick(struct message *m)
{
	struct nlattr *found = NULL;
	size_t at = HEAD;
	int n = 0;

	while (at + NLA_HDRLEN <= m->len) {
		struct nlattr *attr = (void *)(m->data + at);

		if (!found || once_in(++n))
			found = attr;
		if (attr->nla_len < NLA_HDRLEN)
			break;
		at += NLA_ALIGN(attr->nla_len);
	}
	return found;
}

static void mutate_once(struct message *m)
{
	struct nlattr *attr = pick(m);

	switch (rnd(10)) {
	case 0:		/* one attribute more, that may be there already */
		message_some(m, rnd(CTX_A_MAX + 3), true);
		break;
	case 1:
		message_some(m, rnd(NLA_TYPE_MASK), true);
		break;
	case 2:
		if (attr)
			attr->nla_len = once_in(2) ? rnd_edge() :
					attr->nla_len + rnd(9) - 4;
		break;
	case 3:
		if (attr)
			attr->nla_type = once_in(2) ? rnd(CTX_A_MAX + 3) :
					 attr->nla_type ^ (1U << rnd(16));
		break;
	case 4:
		genl_of(m)->cmd = once_in(2) ? rnd(CTX_CMD_MAX + 3) : rnd_edge();
		break;
	case 5:
		genl_of(m)->version = rnd_edge();
		genl_of(m)->reserved = once_in(4) ? rnd_edge() : 0;
		break;
	case 6:
		head_of(m)->nlmsg_flags ^= 1U << rnd(16);
		break;
	case 7:		/* cut off, or with something behind */
		m->len = once_in(2) ? rnd(m->len + 1) :
			 m->len + rnd(64) < sizeof(m->data) ? m->len + rnd(64) : m->len;
		break;
	case 8:
		put_nested(m, rnd(CTX_A_MAX + 1), true);
		break;
	default:
		for (int n = 1 + rnd(8); n-- && m->len > HEAD;)
			m->data[HEAD + rnd(m->len - HEAD)] = rnd64();
	}
}

void message_mutate(struct message *m)
{
	for (int n = 1 + rnd(4); n--;)
		mutate_once(m);
	/* Messages of netlink itself, now and then; no other family's. */
	if (once_in(30))
		head_of(m)->nlmsg_type = rnd(NLMSG_MIN_TYPE);
}

/* In a copy behind the first, as many as there is room for. */
static size_t append_copies(struct link *link, struct message *m)
{
	size_t one = NLMSG_ALIGN(m->len), len = one;

	for (int n = 1 + rnd(3); n-- && len + one <= sizeof(m->data); len += one) {
		memcpy(m->data + len, m->data, m->len);
		((struct nlmsghdr *)(m->data + len))->nlmsg_seq = ++link->seq;
		link->cmd[link->seq % 256] = genl_of(m)->cmd;
	}
	return len;
}

void message_send(struct link *link, struct message *m)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };
	bool dump = head_of(m)->nlmsg_flags & NLM_F_DUMP;
	size_t len = m->len;

	if (len >= NLMSG_HDRLEN) {
		head_of(m)->nlmsg_len = once_in(50) ? rnd_edge() : len;
		head_of(m)->nlmsg_seq = ++link->seq;
		link->cmd[link->seq % 256] = len >= HEAD ? genl_of(m)->cmd : 0;
		if (len >= HEAD && once_in(16))
			len = append_copies(link, m);
	}
	if (once_in(100))
		to.nl_pid = rnd_edge();
	if (once_in(100))
		to.nl_groups = rnd_edge();
	link->last = 1;
	if (sendto(link->fd, m->data, len, MSG_DONTWAIT, (void *)&to, sizeof(to)) >= 0)
		__atomic_add_fetch(&counts->sent, 1, __ATOMIC_RELAXED);
	if (dump && once_in(3)) {
		link->left = true;
		link_drain(link, rnd(2));
	} else {
		link_drain(link, 1000);
	}
}

static void count(struct link *link, uint32_t seq, int error)
{
	uint8_t cmd = link->cmd[seq % 256];

	link->last = error;
	__atomic_add_fetch(error ? &counts->refused : &counts->accepted, 1,
			   __ATOMIC_RELAXED);
	if (error || cmd > CTX_CMD_MAX)
		return;
	__atomic_add_fetch(&counts->detail[cmd], 1, __ATOMIC_RELAXED);
	if (link->powerless &&
	    (cmd == CTX_CMD_NEW || cmd == CTX_CMD_SET || cmd == CTX_CMD_KILL))
		broken("somebody without rights did command %u", cmd);
}

/* An answer's attributes fill it, and name nobody whom this one may not see. */
static void check_answer(struct link *link, const struct nlmsghdr *head)
{
	const unsigned char *data = (const void *)head;
	size_t at = HEAD;

	while (at + NLA_HDRLEN <= head->nlmsg_len) {
		const struct nlattr *attr = (const void *)(data + at);
		uint32_t id;

		if (attr->nla_len < NLA_HDRLEN || at + attr->nla_len > head->nlmsg_len)
			broken("an answer with an attribute of %u bytes", attr->nla_len);
		if (attr->nla_type == CTX_A_ID) {
			memcpy(&id, attr + 1, sizeof(id));
			link->seen++;
			if (link->only && id != link->only)
				broken("%u was told of %u", link->only, id);
		}
		if (link->powerless && !link->only)
			broken("somebody without rights was told of a context");
		at += NLA_ALIGN(attr->nla_len);
	}
	if (at < head->nlmsg_len)
		broken("an answer with %zu bytes at its end", head->nlmsg_len - at);
}

/*
 * What is a message of netlink itself, or no request, is acknowledged and does
 * nothing; so may be what stands behind the length that a header claims.
 */
static bool is_ours(const struct link *link, const struct nlmsghdr *head)
{
	const struct nlmsgerr *error = NLMSG_DATA(head);

	return link->seq - head->nlmsg_seq < COUNT(link->cmd) &&
	       (head->nlmsg_type == NLMSG_DONE ||
		(error->msg.nlmsg_type == family &&
		 error->msg.nlmsg_flags & NLM_F_REQUEST));
}

static void read_one(struct link *link, const struct nlmsghdr *head)
{
	int error = 0;

	switch (head->nlmsg_type) {
	case NLMSG_ERROR:
	case NLMSG_DONE:
		if (!is_ours(link, head))
			return;
		if (head->nlmsg_len >= NLMSG_LENGTH(sizeof(error)))
			memcpy(&error, NLMSG_DATA(head), sizeof(error));
		if (error > 0 || error < -4095)
			broken("an answer with the error %d", error);
		count(link, head->nlmsg_seq, error);
		return;
	}
	if (head->nlmsg_type == family && head->nlmsg_len > HEAD)
		check_answer(link, head);
}

void link_drain(struct link *link, int limit)
{
	struct sockaddr_nl from;
	socklen_t len;
	ssize_t n;

	while (limit--) {
		struct nlmsghdr *head = (void *)inbox;

		len = sizeof(from);
		n = recvfrom(link->fd, inbox, sizeof(inbox), MSG_DONTWAIT, (void *)&from,
			     &len);
		if (n <= 0)
			return;
		/* Other fuzzers send to groups and to anybody, too. */
		for (; !from.nl_pid && NLMSG_OK(head, n); head = NLMSG_NEXT(head, n))
			read_one(link, head);
	}
}

int link_open(struct link *link)
{
	int on = 1;

	memset(link, 0, sizeof(*link));
	link->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (link->fd >= 0)
		setsockopt(link->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	return link->fd;
}

void link_disturb(struct link *link)
{
	static const int options[] = {
		NETLINK_PKTINFO, NETLINK_BROADCAST_ERROR, NETLINK_NO_ENOBUFS,
		NETLINK_LISTEN_ALL_NSID, NETLINK_CAP_ACK, NETLINK_EXT_ACK,
		NETLINK_GET_STRICT_CHK,
	};
	int value = once_in(4) ? (int)rnd_edge() : (int)rnd(2);
	struct sockaddr_nl at = { .nl_family = AF_NETLINK, .nl_groups = rnd_edge() };

	switch (rnd(4)) {
	case 0:
		setsockopt(link->fd, SOL_NETLINK, one_of(options), &value, sizeof(value));
		break;
	case 1:
		value = once_in(2) ? group : (int)rnd_edge();
		setsockopt(link->fd, SOL_NETLINK, once_in(2) ? NETLINK_ADD_MEMBERSHIP :
			   NETLINK_DROP_MEMBERSHIP, &value, sizeof(value));
		break;
	case 2:
		value = rnd(100000);
		setsockopt(link->fd, SOL_SOCKET, SO_RCVBUF, &value, sizeof(value));
		break;
	default:
		bind(link->fd, (void *)&at, sizeof(at));
	}
}

/* The attributes of a message or of an attribute, one after the other. */
#define EACH_ATTR(attr, from, size)						\
	for (const struct nlattr *attr = (const void *)(from),			\
	     *end_ = (const void *)((const char *)(from) + (size));		\
	     (const char *)attr + NLA_HDRLEN <= (const char *)end_ &&		\
	     attr->nla_len >= NLA_HDRLEN;					\
	     attr = (const void *)((const char *)attr + NLA_ALIGN(attr->nla_len)))
#define KIND(attr)	((attr)->nla_type & NLA_TYPE_MASK)
#define SIZE(attr)	((attr)->nla_len - NLA_HDRLEN)
#define EACH_IN(attr, outer)	EACH_ATTR(attr, (outer) + 1, SIZE(outer))

static void read_groups(const void *from, size_t size)
{
	EACH_ATTR(one, from, size)
		EACH_IN(a, one)
			if (KIND(a) == CTRL_ATTR_MCAST_GRP_ID)
				group = *(const uint32_t *)(a + 1);
}

/* Policy, attribute, what is said of it: three levels. */
static void read_policy(const void *from, size_t size)
{
	EACH_ATTR(policy, from, size)
		EACH_IN(number, policy)
			EACH_IN(a, number)
				if (KIND(a) == NL_POLICY_TYPE_ATTR_TYPE &&
				    KIND(number) <= CTX_A_MAX)
					kinds[KIND(number)] = *(const uint32_t *)(a + 1);
}

static void read_control(const struct nlmsghdr *head)
{
	EACH_ATTR(a, (const char *)head + HEAD, head->nlmsg_len - HEAD) {
		if (KIND(a) == CTRL_ATTR_FAMILY_ID)
			family = *(const uint16_t *)(a + 1);
		if (KIND(a) == CTRL_ATTR_MCAST_GROUPS)
			read_groups(a + 1, SIZE(a));
		if (KIND(a) == CTRL_ATTR_POLICY)
			read_policy(a + 1, SIZE(a));
	}
}

static void ask_control(int cmd, int flags)
{
	struct message m;
	struct link link;
	ssize_t n;

	link_open(&link);
	message_begin(&m, cmd, flags);
	head_of(&m)->nlmsg_type = GENL_ID_CTRL;
	genl_of(&m)->version = 1;
	message_put(&m, CTRL_ATTR_FAMILY_NAME, CTX_GENL_NAME, sizeof(CTX_GENL_NAME));
	head_of(&m)->nlmsg_len = m.len;
	n = send(link.fd, m.data, m.len, 0);
	while (n > 0 && (n = recv(link.fd, inbox, sizeof(inbox), MSG_DONTWAIT)) > 0) {
		struct nlmsghdr *head = (void *)inbox;

		for (; NLMSG_OK(head, n); head = NLMSG_NEXT(head, n))
			if (head->nlmsg_type == GENL_ID_CTRL && head->nlmsg_len > HEAD)
				read_control(head);
	}
	close(link.fd);
}

bool family_find(void)
{
	int known = 0;

	ask_control(CTRL_CMD_GETFAMILY, 0);
	ask_control(CTRL_CMD_GETPOLICY, NLM_F_DUMP);
	for (int i = 0; i <= CTX_A_MAX; i++)
		known += kinds[i] != 0;
	printf("# the kernel takes %d of %d attributes\n", known, CTX_A_MAX);
	return family && group && known;
}
