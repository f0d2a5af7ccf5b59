/* SPDX-License-Identifier: GPL-2.0 */
/* Messages of the family "ctx", right ones and wrong ones, and their answers. */
#ifndef FUZZ_MESSAGE_H
#define FUZZ_MESSAGE_H

#include <linux/ctx.h>

#include "fuzzer.h"

struct message {
	size_t len;
	union {
		uint64_t align;
		unsigned char data[16384];
	};
};

struct link {
	int fd;
	uint32_t seq;
	uint8_t cmd[256];	/* of what was sent, by its number */
	/* What whoever asks may not: changes; to hear of others than this one. */
	bool powerless;
	uint32_t only;
	bool left;		/* with a dump that nobody has read to its end */
	int last;		/* what the last request was answered: 0 or -errno */
	unsigned int seen;	/* contexts in the answers since it was cleared */
};

/* Finds the family and what the kernel says of its attributes. */
bool family_find(void);
int link_open(struct link *link);
/* Options, groups, sizes, as anybody may set them. */
void link_disturb(struct link *link);
/* Reads what is there, @limit messages at most. */
void link_drain(struct link *link, int limit);

void message_begin(struct message *m, int cmd, int flags);
void message_put(struct message *m, int type, const void *value, size_t size);
void message_u32(struct message *m, int type, uint32_t value);
/* An attribute of the table: as it should be, or with @wild as it should not. */
void message_some(struct message *m, int type, bool wild);
void message_mutate(struct message *m);
/* Sends it, several times over now and then, and reads the answers. */
void message_send(struct link *link, struct message *m);

#endif
