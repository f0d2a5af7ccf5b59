/* SPDX-License-Identifier: GPL-2.0 */
/* param.c: the parameters of a VPS, their forms on the command line and in CTID.conf. */
#ifndef KONTEXT_PARAM_H
#define KONTEXT_PARAM_H

#include "priv.h"

/*
 * Turns the value of an option into that of the configuration; @old is the
 * value it has now ("" for none). The result is malloced.
 */
int kx_param_convert(const char *option, const char *value, const char *old,
		     const char **key, char **result, struct kx_err *err);

/* A number with suffix, in bytes; @unit is what it counts without one. */
int kx_parse_size(const char *text, size_t len, uint64_t unit, uint64_t *out);

/* param-beancounters.c: the options behind those of param.c. */
const struct kx_param *kx_bean_param_at(size_t i);
int kx_convert_bean(const char *option, const char *value, const char **key,
		    char **result, struct kx_err *err);

/* param-grants.c: of one option each, as above. */
int kx_convert_capability(const struct kx_param *p, const char *value,
			  const char *old, char **result, struct kx_err *err);
int kx_convert_features(const struct kx_param *p, const char *value,
			const char *old, char **result, struct kx_err *err);
int kx_convert_devices(const struct kx_param *p, const char *value,
		       const char *old, char **result, struct kx_err *err);
int kx_convert_devnodes(const struct kx_param *p, const char *value,
			const char *old, char **result, struct kx_err *err);
int kx_convert_netfilter(const struct kx_param *p, const char *value,
			 const char *old, char **result, struct kx_err *err);
int kx_convert_osrelease(const struct kx_param *p, const char *value,
			 const char *old, char **result, struct kx_err *err);

#endif /* KONTEXT_PARAM_H */
