/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UNIONFS_TEST_MODEL_H
#define UNIONFS_TEST_MODEL_H

/*
 * @ops random operations below directory @one and below @other; 0 if each ended
 * alike. Otherwise it prints the one that did not.
 */
int model_run(const char *one, const char *other, unsigned int seed, long ops);

#endif /* UNIONFS_TEST_MODEL_H */
