// SPDX-License-Identifier: GPL-2.0
/*
 * Parameters of a VPS. Lines of the input that begin with "--" are what create
 * and set take, --OPTION=VALUE; the others are the configuration before.
 */
#include <string.h>

#include "beancounters.h"
#include "fuzz.h"
#include "grants.h"
#include "param.h"
#include "vps.h"

#define CHANGES	64

static struct kx_host host;
static char conf[4096];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_host(&host);
	snprintf(conf, sizeof(conf), "%s/101.conf", host.confdir);
	return 0;
}

static bool is_bean(const char *option)
{
	const struct kx_param *p;

	for (size_t i = 0; (p = kx_bean_param_at(i)); i++)
		if (!strcmp(p->option, option))
			return true;
	return false;
}

/* Options whose value in the configuration is one that they take themselves. */
static bool keeps(const char *option)
{
	static const char *const names[] = {
		"name", "hostname", "onboot", "cpus", "cpulimit", "cpuunits",
		"cpumask", "nodemask", "numproc", "physpages", "swappages", "diskspace",
		"diskinodes", "vmguarpages", "numcgroup", "ioprio", "iopslimit",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(names[i], option))
			return true;
	return is_bean(option);
}

static void convert(const struct kx_param *p, const char *value, const char *old)
{
	cleanup_free char *result = NULL, *again = NULL;
	struct kx_err err = {0};
	const char *key;

	if (kx_param_convert(p->option, value, old, &key, &result, &err)) {
		fuzz_check_err(&err);
		MUST(!result);
		return;
	}
	MUST(!strcmp(key, p->key));
	if (!keeps(p->option))
		return;
	MUST(!kx_param_convert(p->option, result, old, &key, &again, &err));
	MUST(!strcmp(result, again) ||
	     (!strcmp(p->option, "cpulimit") && strchr(result, '%')));
}

/* What the rest of the library reads of a configuration. */
static void use(const struct kx_vps *vps)
{
	const struct kx_param *p;
	struct kx_grants grants;
	struct kx_limits limits;
	struct kx_nodes nodes;
	struct kx_err err = {0};
	uint64_t barrier, limit;
	uint32_t uid;

	for (size_t i = 0; (p = kx_param_at(i)); i++)
		if (kx_vps_limit(vps, p->key, &barrier, &limit, &err) < 0)
			fuzz_check_err(&err);
	if (kx_grants_of(vps, &grants, &err))
		fuzz_check_err(&err);
	else
		MUST(grants.ndevices <= KX_DEVICES_MAX);
	if (kx_grants_nodes(vps, &nodes, &err))
		fuzz_check_err(&err);
	if (kx_limits_of(vps, &limits, &err))
		fuzz_check_err(&err);
	else
		for (size_t i = 0; i < limits.count; i++)
			MUST(limits.list[i].barrier <= limits.list[i].limit &&
			     limits.list[i].limit <= KX_UNLIMITED);
	if (!kx_vps_uid(vps, &uid, &err))
		MUST(uid >= KX_IDS && uid <= UINT32_MAX - 2 * KX_IDS);
	if (kx_vps_check_unique(vps, &err))
		fuzz_check_err(&err);
}

/* The kernel takes the first entry of a device, so this must be the last word. */
static void devices(const struct kx_vps *vps, const char *value)
{
	struct kx_grants grants;
	struct kx_device last;

	MUST(!kx_device_parse(value, &last));
	if (kx_grants_of(vps, &grants, NULL))
		return;
	for (size_t i = 0; i < grants.ndevices; i++) {
		const struct kx_device *d = &grants.devices[i];

		if (d->type == last.type && d->major == last.major &&
		    d->minor == last.minor) {
			MUST(d->access == last.access);
			return;
		}
	}
	MUST(!"the device is in the list");
}

/* All that was accepted can be saved, and is the same when it is read again. */
static void changed(const struct kx_vps *vps, const struct kx_change *changes,
		    size_t count)
{
	static const char *const pairs[] = {
		"ram", "swap", "physpages", "swappages", "numproc", "diskspace",
		"diskinodes",
	};
	struct kx_err err = {0};
	struct kx_limits limits;
	uint64_t barrier, limit;
	struct kx_vps again;
	const struct kx_param *p;

	MUST(!kx_vps_save(vps, &err));
	MUST(!kx_vps_load_id(&host, 101, &again, &err));
	for (size_t i = 0; (p = kx_param_at(i)); i++)
		MUST(!strcmp(kx_vps_get(vps, p->key), kx_vps_get(&again, p->key)));
	for (size_t i = count; i--;)
		if (!strcmp(changes[i].option, "devices")) {
			devices(&again, changes[i].value);
			break;
		}
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < sizeof(pairs) / sizeof(*pairs); k++) {
			if (strcmp(changes[i].option, pairs[k]))
				continue;
			for (size_t n = 0; (p = kx_param_at(n)); n++)
				if (!strcmp(p->option, pairs[k]))
					break;
			MUST(p && kx_vps_limit(&again, p->key, &barrier, &limit,
					       &err) == 1);
			MUST(barrier <= limit);
		}
	/* Those that were given are valid, whatever the others are. */
	MUST(!kx_limits_change(&again, changes, count, &limits, &err));
	kx_vps_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size), *before = malloc(size + 2);
	struct kx_change changes[CHANGES];
	struct kx_err err = {0};
	size_t count = 0, used = 0;
	struct kx_vps vps;
	char *save = NULL;

	MUST(before);
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *equal = strchr(line, '=');

		if (strncmp(line, "--", 2) || !equal) {
			used += sprintf(before + used, "%s\n", line);
		} else if (count < CHANGES) {
			*equal = '\0';
			changes[count++] = (struct kx_change){
				.option = line + 2, .value = equal + 1,
			};
		}
	}
	fuzz_write(conf, before, used);
	MUST(!kx_vps_load_id(&host, 101, &vps, &err));
	use(&vps);
	for (size_t i = 0; i < count; i++) {
		const struct kx_param *p;

		for (size_t k = 0; (p = kx_param_at(k)); k++)
			convert(p, changes[i].value, kx_vps_get(&vps, p->key));
	}
	if (kx_vps_change(&vps, changes, count, &err))
		fuzz_check_err(&err);
	else
		changed(&vps, changes, count);
	kx_vps_free(&vps);
	return 0;
}
