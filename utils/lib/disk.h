/* SPDX-License-Identifier: GPL-2.0 */
/* disk.c: the block devices that a directory's file system is on. */
#ifndef KONTEXT_DISK_H
#define KONTEXT_DISK_H

#include "priv.h"

#define KX_DISKS_MAX	64

/* Whole ones, as limits are kept for these; a volume of dm or md is one. */
struct kx_disks {
	size_t count;
	dev_t list[KX_DISKS_MAX];
};

/* Adds those of @path, none for a network's or memory's file system. */
int kx_disks_add(struct kx_disks *disks, const char *path, struct kx_err *err);
/* The file system tells the kernel which group a buffered write belongs to. */
bool kx_disks_charge(const char *path);
/* "sda" */
void kx_disk_name(dev_t disk, char *name, size_t size);
/* Something on the way to the disk shares it out by weight. */
bool kx_disk_has_weights(dev_t disk);

#endif /* KONTEXT_DISK_H */
