// SPDX-License-Identifier: GPL-2.0
/*
 * keys VERB…: keyrings, also by the serial number of somebody else's key.
 *	add NAME VALUE [open]	to the user's keyring; "open": all may do all
 *	with NAME VALUE PROGRAM…	in a session keyring of the program
 *	read|describe|revoke|update|link|chown|perm|search|unlink SERIAL
 *	persistent UID, count
 *	fill NAME: the user's quota of keys; clear -4: his keyring
 */
#include <linux/keyctl.h>

#include "escape.h"

#define keyctl(...)	syscall(SYS_keyctl, __VA_ARGS__)

static long add(const char *name, const char *value, int ring)
{
	return syscall(SYS_add_key, "user", name, value, strlen(value), ring);
}

static long attack(const char *verb, int serial)
{
	char buf[256] = "";
	long ret = -1;

	if (!strcmp(verb, "read")) {
		ret = keyctl(KEYCTL_READ, serial, buf, sizeof(buf) - 1, 0);
		if (ret > 0)
			printf("it says: %s\n", buf);
	} else if (!strcmp(verb, "describe")) {
		ret = keyctl(KEYCTL_DESCRIBE, serial, buf, sizeof(buf), 0);
	} else if (!strcmp(verb, "revoke")) {
		ret = keyctl(KEYCTL_REVOKE, serial, 0, 0, 0);
	} else if (!strcmp(verb, "update")) {
		ret = keyctl(KEYCTL_UPDATE, serial, "forged", 6, 0);
	} else if (!strcmp(verb, "link")) {
		ret = keyctl(KEYCTL_LINK, serial, KEY_SPEC_PROCESS_KEYRING, 0, 0);
	} else if (!strcmp(verb, "chown")) {
		ret = keyctl(KEYCTL_CHOWN, serial, 0, 0, 0);
	} else if (!strcmp(verb, "perm")) {
		ret = keyctl(KEYCTL_SETPERM, serial, 0x3f3f3f3f, 0, 0);
	} else if (!strcmp(verb, "search")) {
		ret = keyctl(KEYCTL_SEARCH, serial, "user", "kontext-escape", 0);
	} else if (!strcmp(verb, "clear")) {
		ret = keyctl(KEYCTL_CLEAR, serial, 0, 0, 0);
	} else if (!strcmp(verb, "unlink")) {
		ret = keyctl(KEYCTL_UNLINK, serial, KEY_SPEC_USER_KEYRING, 0, 0);
	} else if (!strcmp(verb, "persistent")) {
		ret = keyctl(KEYCTL_GET_PERSISTENT, serial, KEY_SPEC_PROCESS_KEYRING, 0, 0);
	} else {
		need(0, verb);
	}
	return ret;
}

/* Keys that /proc/keys shows and that nobody here has made. */
static int count(void)
{
	FILE *f = fopen("/proc/keys", "re");
	char line[512];
	int n = 0;

	if (!f)
		return outcome("/proc/keys", -1);
	while (fgets(line, sizeof(line), f))
		n += !!strstr(line, "kontext-escape");
	printf("seen: %d\n", n);
	return 0;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	long serial;

	if (!strcmp(verb, "count"))
		return count();
	need(argc > 2, "usage");
	need(keyctl(KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0) > 0, "session");
	need(!keyctl(KEYCTL_LINK, KEY_SPEC_USER_KEYRING, KEY_SPEC_SESSION_KEYRING, 0, 0), "link");
	if (!strcmp(verb, "add") || !strcmp(verb, "with")) {
		int with = *verb == 'w';

		need(argc > 3, "usage");
		serial = add(argv[2], argv[3],
			     with ? KEY_SPEC_SESSION_KEYRING : KEY_SPEC_USER_KEYRING);
		need(serial > 0, "add_key");
		if (with) {
			execvp(argv[4], argv + 4);
			need(0, argv[4]);
		}
		need(argc == 4 || !keyctl(KEYCTL_SETPERM, serial, 0x3f3f3f3f, 0, 0), "setperm");
		printf("%ld\n", serial);
		return 0;
	}
	if (!strcmp(verb, "fill")) {
		char name[64];

		for (int i = 0; i < 100000; i++) {
			snprintf(name, sizeof(name), "%s-%d", argv[2], i);
			if (add(name, "x", KEY_SPEC_USER_KEYRING) < 0)
				break;
		}
		return outcome(verb, -1);
	}
	return outcome(verb, attack(verb, strtol(argv[2], NULL, 0)));
}
