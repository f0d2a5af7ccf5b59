// SPDX-License-Identifier: GPL-2.0
/* vps.conf(5): where things lie on this host. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "priv.h"

#define DEFAULT_CONF	"/etc/vps/vps.conf"
#define DEFAULT_STATE	"/var/lib/vps"
/* Above every range that login.defs(5) and systemd give away. */
#define DEFAULT_UID_FIRST	0x70000000U
#define DEFAULT_UID_LAST	0xefffffffU

static int get_path(const struct kx_conf *conf, const char *key,
		    const char *fallback, char **out, struct kx_err *err)
{
	const char *value = kx_conf_get(conf, key);

	if (!value || !*value)
		value = fallback;
	if (*value != '/')
		return kx_fail(err, KX_VALUE, 0,
			       "vps.conf: %s: \"%s\" is not an absolute path",
			       key, value);
	*out = strdup(value);
	return *out ? 0 : kx_nomem(err);
}

static int get_uid(const struct kx_conf *conf, const char *key,
		   uint32_t fallback, uint32_t *out, struct kx_err *err)
{
	const char *value = kx_conf_get(conf, key);
	uint64_t n;

	*out = fallback;
	if (!value || !*value)
		return 0;
	if (kx_parse_u64(value, &n) || n < 65536 || n > 0xfffeffff)
		return kx_fail(err, KX_VALUE, 0,
			       "vps.conf: %s: \"%s\" is not a number from 65536 to 4294901759",
			       key, value);
	*out = n;
	return 0;
}

/* Only root may look below: template trees hold set-uid files of plain ids. */
static int make_dir(const char *path, mode_t mode, struct kx_err *err)
{
	char part[PATH_MAX];

	if (!mkdir(path, mode) || errno == EEXIST)
		return 0;
	if (errno == ENOENT) {
		snprintf(part, sizeof(part), "%s", path);
		for (char *p = part + 1; (p = strchr(p, '/')); p++) {
			*p = '\0';
			mkdir(part, 0755);
			*p = '/';
		}
		if (!mkdir(path, mode) || errno == EEXIST)
			return 0;
	}
	return kx_fail(err, errno == EACCES ? KX_PERMISSION : KX_SYSTEM, errno,
		       "cannot make the directory %s", path);
}

static int load(struct kx_host *host, const struct kx_conf *conf,
		struct kx_err *err)
{
	const char *cgroup = kx_conf_get(conf, "CGROUP");
	const char *sample = kx_conf_get(conf, "CONFIGFILE");

	if (get_path(conf, "CONFDIR", "/etc/vps/conf", &host->confdir, err) ||
	    get_path(conf, "TEMPLATE", DEFAULT_STATE "/template",
		     &host->template_dir, err) ||
	    get_path(conf, "VE_PRIVATE", DEFAULT_STATE "/private",
		     &host->private_dir, err) ||
	    get_path(conf, "VE_ROOT", DEFAULT_STATE "/root",
		     &host->root_dir, err) ||
	    get_path(conf, "LOCKDIR", DEFAULT_STATE "/lock",
		     &host->lock_dir, err) ||
	    get_uid(conf, "UID_FIRST", DEFAULT_UID_FIRST, &host->uid_first, err) ||
	    get_uid(conf, "UID_LAST", DEFAULT_UID_LAST, &host->uid_last, err))
		return -1;
	if (!cgroup || !*cgroup)
		cgroup = "vps";
	if (strstr(cgroup, "..") || *cgroup == '/')
		return kx_fail(err, KX_VALUE, 0,
			       "vps.conf: CGROUP: \"%s\" is not a path below the root of the control groups",
			       cgroup);
	host->cgroup = strdup(cgroup);
	host->configfile = strdup(sample ? sample : "");
	return host->cgroup && host->configfile ? 0 : kx_nomem(err);
}

int kx_host_load(struct kx_host *host, struct kx_err *err)
{
	const char *path = secure_getenv("KONTEXT_CONF");
	cleanup_conf struct kx_conf *conf = NULL;

	memset(host, 0, sizeof(*host));
	if (geteuid())
		return kx_fail(err, KX_PERMISSION, 0, "this takes root");
	if (!path)
		path = DEFAULT_CONF;
	conf = kx_conf_load(path, false, KX_NO_HOSTCONF, err);
	if (!conf)
		return -1;
	if (load(host, conf, err) ||
	    make_dir(host->confdir, 0755, err) ||
	    make_dir(host->template_dir, 0700, err) ||
	    make_dir(host->private_dir, 0700, err) ||
	    make_dir(host->root_dir, 0700, err) ||
	    make_dir(host->lock_dir, 0700, err)) {
		kx_host_free(host);
		return -1;
	}
	return 0;
}

void kx_host_free(struct kx_host *host)
{
	free(host->confdir);
	free(host->template_dir);
	free(host->private_dir);
	free(host->root_dir);
	free(host->lock_dir);
	free(host->cgroup);
	free(host->configfile);
	memset(host, 0, sizeof(*host));
}
