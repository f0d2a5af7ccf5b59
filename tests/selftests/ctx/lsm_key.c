// SPDX-License-Identifier: GPL-2.0
/*
 * Keys, and System V objects, of another context in one IPC namespace. They
 * belong to ids, and the ids are the same.
 */
#include <fcntl.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#include "harness.h"
#include "lsm.h"

RIG_FIXTURE(key, 0)

static long keyctl(int command, long a, long b, long c, long d)
{
	return OR_ERRNO(syscall(SYS_keyctl, command, a, b, c, d));
}

/* A key that all with its owner's ids may use, says its mode. */
static long add_key(long name)
{
	long key = OR_ERRNO(syscall(SYS_add_key, "user", name, "secret", 6,
				    KEY_SPEC_PROCESS_KEYRING));
	long ret = key < 0 ? key : keyctl(KEYCTL_SETPERM, key, 0x3f3f0000, 0, 0);

	return ret < 0 ? ret : key;
}

static long read_key(long key)
{
	char data[16];

	return keyctl(KEYCTL_READ, key, (long)data, sizeof(data), 0);
}

static long update_key(long key)
{
	return keyctl(KEYCTL_UPDATE, key, (long)"other", 5, 0);
}

static long link_key(long key)
{
	return keyctl(KEYCTL_LINK, key, KEY_SPEC_PROCESS_KEYRING, 0, 0);
}

static long open_key(long key)
{
	return keyctl(KEYCTL_SETPERM, key, 0x3f3f3f3f, 0, 0);
}

static long expire_key(long key)
{
	return keyctl(KEYCTL_SET_TIMEOUT, key, 1000, 0, 0);
}

static long describe_key(long key)
{
	char data[256];

	return keyctl(KEYCTL_DESCRIBE, key, (long)data, sizeof(data), 0);
}

static long revoke_key(long key)
{
	return keyctl(KEYCTL_REVOKE, key, 0, 0, 0);
}

/* Whether /proc/keys of the host shows it to the caller. */
static long list_key(long key)
{
	FILE *file = fopen("/proc/keys", "r");
	char line[256];
	long found = -ENOENT;

	while (file && fgets(line, sizeof(line), file))
		if (strtol(line, NULL, 16) == key)
			found = 0;
	if (file)
		fclose(file);
	return found;
}

TEST_F(key, key_permission)
{
	static const side_fn ways[] = { read_key, update_key, link_key, open_key, expire_key };
	struct rig *rig = self->rig;
	unsigned int i;
	long key[3];
	int error;

	key[0] = call(&rig->b, add_key, (long)"ctx-lsm b");
	key[1] = call(&rig->h, add_key, (long)"ctx-lsm h");
	key[2] = call(&rig->a2, add_key, (long)"ctx-lsm a");
	ASSERT_LT(0, key[0]);
	ASSERT_LT(0, key[1]);
	ASSERT_LT(0, key[2]);
	for (i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		/* To who may not have it, a key that he would read is not there. */
		error = ways[i] == read_key ? ENOKEY : EACCES;
		EXPECT_WORKS(&rig->a, ways[i], key[2]);
		EXPECT_WORKS(&rig->h, ways[i], key[2]);
		EXPECT_REFUSED(&rig->a, error, 1, CTX_REFUSED_KEY, ways[i], key[0]);
		EXPECT_REFUSED(&rig->a, error, 1, CTX_REFUSED_KEY, ways[i], key[1]);
		EXPECT_REFUSED(&rig->b, error, 1, CTX_REFUSED_KEY, ways[i], key[2]);
	}
	/* A look is nothing that was tried. */
	EXPECT_WORKS(&rig->a, describe_key, key[2]);
	EXPECT_WORKS(&rig->a, list_key, key[2]);
	EXPECT_REFUSED(&rig->a, EACCES, 0, NOTHING, describe_key, key[0]);
	EXPECT_REFUSED(&rig->a, ENOENT, 0, NOTHING, list_key, key[0]);
	EXPECT_REFUSED(&rig->a, ENOENT, 0, NOTHING, list_key, key[1]);
	EXPECT_REFUSED(&rig->a, EACCES, 2, CTX_REFUSED_KEY, revoke_key, key[0]);
	EXPECT_WORKS(&rig->b, read_key, key[0]);
	EXPECT_WORKS(&rig->a, revoke_key, key[2]);
}

static long shm_new(long unused)
{
	return OR_ERRNO(shmget(0x637478, 4096, IPC_CREAT | IPC_EXCL | 0666) + 0 * unused);
}

static long shm_by_key(long unused)
{
	return OR_ERRNO(shmget(0x637478, 4096, 0666) + 0 * unused);
}

static long shm_attach(long id)
{
	void *memory = shmat(id, NULL, 0);

	if (memory == (void *)-1)
		return -errno;
	return OR_ERRNO(shmdt(memory));
}

static long shm_stat(long id)
{
	struct shmid_ds ds;

	return OR_ERRNO(shmctl(id, IPC_STAT, &ds));
}

static long shm_set(long id)
{
	struct shmid_ds ds = { .shm_perm = { .uid = 0, .gid = 0, .mode = 0666 } };

	return OR_ERRNO(shmctl(id, IPC_SET, &ds));
}

static long shm_lock(long id)
{
	return OR_ERRNO(shmctl(id, SHM_LOCK, NULL));
}

static long shm_remove(long id)
{
	return OR_ERRNO(shmctl(id, IPC_RMID, NULL));
}

static long sem_new(long unused)
{
	return OR_ERRNO(semget(IPC_PRIVATE, 2, 0666) + 0 * unused);
}

static long sem_up(long id)
{
	struct sembuf up = { 0, 1, IPC_NOWAIT };

	return OR_ERRNO(semop(id, &up, 1));
}

static long sem_get(long id)
{
	return OR_ERRNO(semctl(id, 0, GETVAL));
}

static long sem_set(long id)
{
	return OR_ERRNO(semctl(id, 1, SETVAL, 7));
}

static long sem_remove(long id)
{
	return OR_ERRNO(semctl(id, 0, IPC_RMID));
}

static long msg_new(long unused)
{
	return OR_ERRNO(msgget(IPC_PRIVATE, 0666) + 0 * unused);
}

struct message {
	long type;
	char text[1];
};

static long msg_send(long id)
{
	return OR_ERRNO(msgsnd(id, &(struct message){ 1, "x" }, 1, IPC_NOWAIT));
}

static long msg_receive(long id)
{
	struct message message;

	return OR_ERRNO(msgrcv(id, &message, 1, 0, IPC_NOWAIT));
}

static long msg_stat(long id)
{
	struct msqid_ds ds;

	return OR_ERRNO(msgctl(id, IPC_STAT, &ds));
}

static long msg_remove(long id)
{
	return OR_ERRNO(msgctl(id, IPC_RMID, NULL));
}

static const struct {
	const char *name;
	side_fn create, use[5], remove;
} objects[] = {
	{ "shm", shm_new, { shm_attach, shm_stat, shm_by_key, shm_lock, shm_set }, shm_remove },
	{ "sem", sem_new, { sem_up, sem_get, sem_set }, sem_remove },
	{ "msg", msg_new, { msg_send, msg_receive, msg_stat, msg_send }, msg_remove },
};

TEST_F(key, ipc_permission)
{
	struct rig *rig = self->rig;
	unsigned int i, j;
	side_fn use;
	long id;

	for (i = 0; i < sizeof(objects) / sizeof(*objects); i++) {
		/* Of B. */
		id = call(&rig->b, objects[i].create, 0);
		ASSERT_LE(0, id) TH_LOG("%s", objects[i].name);
		for (j = 0; j < 5 && objects[i].use[j]; j++) {
			use = objects[i].use[j];
			EXPECT_REFUSED(&rig->a, EACCES, 1, CTX_REFUSED_IPC, use, id);
			EXPECT_WORKS(&rig->b, use, id);
		}
		EXPECT_REFUSED(&rig->a, EACCES, 1, CTX_REFUSED_IPC, objects[i].remove, id);
		EXPECT_WORKS(&rig->b, objects[i].remove, id);

		/* Of the host. */
		id = call(&rig->h, objects[i].create, 0);
		ASSERT_LE(0, id);
		EXPECT_REFUSED(&rig->a, EACCES, 1, CTX_REFUSED_IPC, objects[i].use[0], id);
		EXPECT_REFUSED(&rig->a, EACCES, 1, CTX_REFUSED_IPC, objects[i].remove, id);
		EXPECT_WORKS(&rig->h, objects[i].remove, id);

		/* Of A itself, which the host uses, too. */
		id = call(&rig->a2, objects[i].create, 0);
		ASSERT_LE(0, id);
		EXPECT_WORKS(&rig->a, objects[i].use[0], id);
		EXPECT_WORKS(&rig->h, objects[i].use[0], id);
		EXPECT_WORKS(&rig->a, objects[i].remove, id);
	}
}

TEST_HARNESS_MAIN
