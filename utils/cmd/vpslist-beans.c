// SPDX-License-Identifier: GPL-2.0
/* The fields of the beancounters: NAME, NAME.m, NAME.b, NAME.l, NAME.f. */
#include <ctype.h>
#include <inttypes.h>
#include <linux/ctx.h>
#include <string.h>

#include "vpslist.h"

/* held, maxheld, barrier, limit, failcnt */
static const char whats[] = "hmblf";

#define NWHATS	(sizeof(whats) - 1)

struct bean_field {
	struct field field;	/* first */
	char name[24], title[24];
	unsigned int resource;
	char what;		/* of whats */
};

const struct field *bean_field_at(size_t i)
{
	static struct bean_field fields[KX_RESOURCES_MAX * NWHATS];
	const char *name = kx_resource_name(i / NWHATS);
	struct bean_field *f = &fields[i];

	if (!name || i >= KX_RESOURCES_MAX * NWHATS)
		return NULL;
	if (f->field.name)
		return &f->field;
	snprintf(f->name, sizeof(f->name), i % NWHATS ? "%s.%c" : "%s", name,
		 whats[i % NWHATS]);
	for (size_t k = 0; f->name[k]; k++)
		f->title[k] = toupper((unsigned char)f->name[k]);
	f->field = (struct field){
		.name = f->name, .title = f->title, .width = 12, .number = true,
	};
	f->resource = i / NWHATS;
	f->what = whats[i % NWHATS];
	return &f->field;
}

/* Of one that does not run there is what its configuration says. */
static bool configured(const struct bean_field *f, const struct row *row, uint64_t *n)
{
	uint64_t barrier, limit;
	char key[24];
	size_t i;

	if (f->what != 'b' && f->what != 'l')
		return false;
	for (i = 0; f->title[i] && f->title[i] != '.'; i++)
		key[i] = f->title[i];
	key[i] = '\0';
	if (kx_vps_limit(&row->vps, key, &barrier, &limit, NULL) <= 0)
		return false;
	*n = f->what == 'b' ? barrier : limit;
	if (*n > KX_UNLIMITED)
		*n = KX_UNLIMITED;
	return true;
}

static bool counted(const struct bean_field *f, const struct row *row, uint64_t *n)
{
	const struct kx_bean *bean = &row->ctx.beans[f->resource];

	if (!row->there || row->ctx.state == CTX_STATE_DEAD ||
	    f->resource >= row->ctx.nbeans)
		return configured(f, row, n);
	*n = f->what == 'h' ? bean->held :
	     f->what == 'm' ? bean->maxheld :
	     f->what == 'b' ? bean->barrier :
	     f->what == 'l' ? bean->limit : bean->failcnt;
	return true;
}

void bean_value(const struct field *f, const struct row *row, char *buf, size_t size)
{
	uint64_t n;

	if (counted((const struct bean_field *)f, row, &n))
		snprintf(buf, size, "%" PRIu64, n);
}
