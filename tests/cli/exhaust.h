/* SPDX-License-Identifier: GPL-2.0 */
/* What exhaust.c takes, each for ever: see there. */
#ifndef EXHAUST_H
#define EXHAUST_H

/* A way to take something. All return 0, or -1 with errno. */
struct taker {
	const char *name;
	int (*prepare)(void);	/* once in each process; may be NULL */
	int (*take)(unsigned int i);
};

extern const struct taker takers_files[], takers_kernel[], takers_net[];

/* Number of this process, from 0. */
extern unsigned int worker;

#endif
