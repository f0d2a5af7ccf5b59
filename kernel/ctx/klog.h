/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts: what the interfaces to the kernel log share.
 */
#ifndef _KERNEL_CTX_KLOG_H
#define _KERNEL_CTX_KLOG_H

#include <linux/ctx_log.h>

#include "internal.h"

/* klog.c */
bool ctx_klog_may(int type);

#endif /* _KERNEL_CTX_KLOG_H */
