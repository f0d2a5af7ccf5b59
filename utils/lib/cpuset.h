/* SPDX-License-Identifier: GPL-2.0 */
/* cpuset.c: the processors and memory nodes of a VPS. */
#ifndef KONTEXT_CPUSET_H
#define KONTEXT_CPUSET_H

#include "priv.h"

/* As many as --cpus takes. */
#define KX_CPUS_MAX	8192

struct kx_cpus {
	bool has[KX_CPUS_MAX];
};

/* A list as "0-3,8": -1 when it is not one. */
int kx_cpus_parse(const char *list, struct kx_cpus *cpus);
/* The other way; null without memory. */
char *kx_cpus_print(const struct kx_cpus *cpus);
/* By CPUS, CPUMASK and NODEMASK, into the control group @dir. */
int kx_cpuset_set(const struct kx_vps *vps, int dir, struct kx_err *err);

#endif /* KONTEXT_CPUSET_H */
