/* SPDX-License-Identifier: GPL-2.0 */
/* beancounters.c: the resources that the kernel counts of a VPS. */
#ifndef KONTEXT_BEANCOUNTERS_H
#define KONTEXT_BEANCOUNTERS_H

#include "priv.h"

enum kx_unit {
	KX_COUNT,
	KX_PAGES,
	KX_BYTES,
};

struct kx_resource {
	struct kx_param param;	/* its option has the name of the resource */
	enum kx_unit unit;
	bool shown;		/* only: the control group limits it, or nothing does */
	uint64_t limit;		/* of a VPS that has none in its configuration */
};

/* By enum ctx_resource; null behind the last. */
const struct kx_resource *kx_resource_at(size_t i);

/* All limits of a VPS. KX_VALUE when its configuration was edited to something else. */
int kx_limits_of(const struct kx_vps *vps, struct kx_limits *limits,
		 struct kx_err *err);
/* Those that the options name. */
int kx_limits_change(const struct kx_vps *vps, const struct kx_change *changes,
		     size_t count, struct kx_limits *limits, struct kx_err *err);

#endif /* KONTEXT_BEANCOUNTERS_H */
