/* SPDX-License-Identifier: GPL-2.0 */
/* grants.c: what a VPS may do, from its configuration. */
#ifndef KONTEXT_GRANTS_H
#define KONTEXT_GRANTS_H

#include "priv.h"

/* KX_VALUE when the configuration was edited to something that is not valid. */
int kx_grants_of(const struct kx_vps *vps, struct kx_grants *grants,
		 struct kx_err *err);

/*
 * Changes @grants, what it has now, by the options: of features and
 * capabilities the ones that are named, of the rest what @vps has by now.
 */
int kx_grants_change(const struct kx_vps *vps, struct kx_grants *grants,
		     const struct kx_change *changes, size_t count,
		     struct kx_err *err);

/*
 * The nodes that its /dev shall have beside the usual ones: those of its
 * features, and DEVNODES as the host has them now.
 */
struct kx_node {
	char path[64];		/* below /dev */
	mode_t mode;		/* type and permissions */
	dev_t dev;
};
struct kx_nodes {
	size_t count;
	struct kx_node list[KX_DEVICES_MAX + 8];
};
int kx_grants_nodes(const struct kx_vps *vps, struct kx_nodes *nodes,
		    struct kx_err *err);

/* Bit of a feature or a capability; -1 for an unknown name. */
int kx_feature_find(const char *name, size_t len);
int kx_capability_find(const char *name, size_t len);
int kx_netfilter_find(const char *name);
bool kx_osrelease_valid(const char *release);

/* "b:8:1:rw": how much of it was read, 0 when it is none. */
int kx_device_parse(const char *word, struct kx_device *device);
/* "rw" and the like, or "none". -1 when it is neither. */
int kx_access_parse(const char *text, uint32_t *access);
/* "net/tun": of the host's /dev, now. */
int kx_devnode_find(const char *name, struct kx_node *node, struct kx_err *err);

#endif /* KONTEXT_GRANTS_H */
