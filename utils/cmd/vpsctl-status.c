// SPDX-License-Identifier: GPL-2.0
/* status, log */
#include <ctype.h>
#include <linux/ctx.h>
#include <string.h>

#include "vpsctl.h"

/* In the order of the words that vzctl has always printed. */
struct status {
	const char *id;		/* as it was asked for, when there is none */
	bool exists, mounted;
	bool found;		/* the kernel has a context of this id */
	struct kx_ctx ctx;
};

static void print_words(const struct status *s)
{
	printf("CTID %s %s %s %s\n", s->id, s->exists ? "exist" : "deleted",
	       s->mounted ? "mounted" : "unmounted",
	       s->found && s->ctx.state != CTX_STATE_DEAD ? "running" : "down");
}

static void print_features(const struct kx_grants *g)
{
	const char *name;

	printf(", \"features\": {");
	for (unsigned int i = 0; (name = kx_feature_name(i)); i++)
		printf("%s\"%s\": %s", i ? ", " : "", name,
		       g->features & 1ULL << i ? "true" : "false");
	printf("}, \"netfilter\": \"%s\"", kx_netfilter_name(g->netfilter) ?: "unknown");
	printf(", \"capabilities\": \"%#llx\"", (unsigned long long)g->caps);
}

static void print_refusals(const struct kx_ctx *ctx)
{
	const char *name;

	printf(", \"refusals\": {");
	for (unsigned int i = 0; i < ctx->nrefusals && (name = kx_refusal_name(i)); i++)
		printf("%s\"%s\": %llu", i ? ", " : "", name,
		       (unsigned long long)ctx->refusals[i]);
	printf("}");
}

/* All names are this program's own: nothing has to be quoted. */
static void print_json(const struct status *s)
{
	printf("{\"ctid\": %s, \"exists\": %s, \"mounted\": %s, \"state\": \"%s\"", s->id,
	       s->exists ? "true" : "false", s->mounted ? "true" : "false",
	       s->found ? kx_ctx_state_name(s->ctx.state) : "down");
	if (s->found) {
		print_features(&s->ctx.grants);
		print_refusals(&s->ctx);
	}
	printf("}\n");
}

int cmd_status(struct call *c, struct kx_err *err)
{
	struct status s = { .id = c->target };
	char id[16];
	int found;

	if (!kx_vps_load(&c->host, c->target, &c->vps, err)) {
		snprintf(id, sizeof(id), "%u", c->vps.id);
		s.id = id;
		s.exists = kx_vps_has_private(&c->vps);
		s.mounted = kx_vps_mounted(&c->vps);
		found = c->nl ? kx_ctx_get(c->nl, c->vps.id, &s.ctx, err) : 0;
		if (found < 0)
			return err->code;
		s.found = found;
	} else if (err->code != KX_NO_CONF || !isdigit((unsigned char)*c->target)) {
		return err->code;
	}
	memset(err, 0, sizeof(*err));
	if (c->json)
		print_json(&s);
	else
		print_words(&s);
	return 0;
}

static void print_line(uint64_t seq, uint64_t time, const char *text, void *arg)
{
	uint64_t *last = arg;

	if (seq > *last + 1)
		printf("[%llu lines not kept]\n", (unsigned long long)(seq - *last - 1));
	*last = seq;
	printf("[%5llu.%06llu] %s\n", (unsigned long long)(time / 1000000000),
	       (unsigned long long)(time / 1000 % 1000000), text);
}

int cmd_log(struct call *c, struct kx_err *err)
{
	uint64_t last = 0;

	return kx_ctx_log(c->nl, c->vps.id, print_line, &last, err) ? (int)err->code : 0;
}
