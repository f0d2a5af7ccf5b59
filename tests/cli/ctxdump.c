// SPDX-License-Identifier: GPL-2.0
/* Prints "ID STATE" for each context of the kernel, dead ones too. */
#include <stdio.h>
#include <stdlib.h>

#include "kontext.h"

int main(void)
{
	struct kx_err err = {0};
	struct kx_ctx *list;
	struct kx_nl *nl;
	size_t count;

	if (kx_nl_open(&nl, &err) || kx_ctx_list(nl, &list, &count, &err)) {
		fprintf(stderr, "ctxdump: %s\n", err.msg);
		return err.code;
	}
	for (size_t i = 0; i < count; i++)
		printf("%u %s\n", list[i].id, kx_ctx_state_name(list[i].state));
	free(list);
	kx_nl_close(nl);
	return 0;
}
