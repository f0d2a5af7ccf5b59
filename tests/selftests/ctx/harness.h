/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kselftest's harness with a time limit for kernels that check themselves,
 * under emulation, where a test takes ten times as long.
 */
#ifndef CTX_TEST_HARNESS_H
#define CTX_TEST_HARNESS_H

#include "kselftest_harness.h"

#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	300

#endif /* CTX_TEST_HARNESS_H */
