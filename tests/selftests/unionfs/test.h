/* SPDX-License-Identifier: GPL-2.0 */
/* For the file with main(): the harness, and fixtures of a stack. */
#ifndef UNIONFS_TEST_TEST_H
#define UNIONFS_TEST_TEST_H

#include "harness.h"
#include "stack.h"

/* To be used in a fixture's setup. */
#define STACK_OPEN(kind) do {						\
	int ret_ = stack_open(kind);					\
	if (ret_ == -ENOPKG)						\
		SKIP(return, "no %s here", (kind));			\
	ASSERT_EQ(0, ret_);						\
} while (0)

#define STACK_FIXTURE(name)						\
	FIXTURE(name) { int unused; };					\
	FIXTURE_SETUP(name) { STACK_OPEN("ext4"); populate(); }		\
	FIXTURE_TEARDOWN(name) { stack_close(); }

#endif /* UNIONFS_TEST_TEST_H */
