// SPDX-License-Identifier: GPL-2.0
/* vpslist(8): the listing of vzlist(8). */
#include <fnmatch.h>
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <linux/ctx.h>
#include <stdlib.h>
#include <string.h>

#include "vpslist.h"

static const char *status_of(const struct row *row)
{
	if (row->there && row->ctx.state == CTX_STATE_STOPPING)
		return "stopping";
	if (row->there && row->ctx.state == CTX_STATE_RUNNING)
		return "running";
	if (!kx_vps_has_private(&row->vps))
		return "incomplete";
	return kx_vps_mounted(&row->vps) ? "mounted" : "stopped";
}

static void get_ctid(const struct row *row, const struct kx_host *host,
		     char *buf, size_t size)
{
	(void)host;
	snprintf(buf, size, "%u", row->vps.id);
}

static void get_nproc(const struct row *row, const struct kx_host *host,
		      char *buf, size_t size)
{
	(void)host;
	if (row->nproc)
		snprintf(buf, size, "%" PRIu64, row->nproc);
}

static void get_status(const struct row *row, const struct kx_host *host,
		       char *buf, size_t size)
{
	(void)host;
	snprintf(buf, size, "%s", status_of(row));
}

static void get_private(const struct row *row, const struct kx_host *host,
			char *buf, size_t size)
{
	snprintf(buf, size, "%s/%u", host->private_dir, row->vps.id);
}

static void get_root(const struct row *row, const struct kx_host *host,
		     char *buf, size_t size)
{
	snprintf(buf, size, "%s/%u", host->root_dir, row->vps.id);
}

static void get_init(const struct row *row, const struct kx_host *host,
		     char *buf, size_t size)
{
	(void)host;
	if (row->there && row->ctx.init_pid)
		snprintf(buf, size, "%u", row->ctx.init_pid);
}

static const struct field fields[] = {
	{ "ctid", "CTID", 10, true, NULL, get_ctid },
	{ "nproc", "NPROC", 10, true, NULL, get_nproc },
	{ "status", "STATUS", -9, false, NULL, get_status },
	{ "ip", "IP_ADDR", -15, false, "IP_ADDRESS", NULL },
	{ "hostname", "HOSTNAME", -32, false, "HOSTNAME", NULL },
	{ "name", "NAME", -32, false, "NAME", NULL },
	{ "description", "DESCRIPTION", -32, false, "DESCRIPTION", NULL },
	{ "ostemplate", "OSTEMPLATE", -32, false, "OSTEMPLATE", NULL },
	{ "onboot", "ONBOOT", -6, false, "ONBOOT", NULL },
	{ "private", "PRIVATE", -32, false, NULL, get_private },
	{ "root", "ROOT", -32, false, NULL, get_root },
	{ "initpid", "INITPID", 10, true, NULL, get_init },
	{ "uid", "UID", 10, true, "LOCAL_UID", NULL },
	{ "nameserver", "NAMESERVER", -32, false, "NAMESERVER", NULL },
	{ "searchdomain", "SEARCHDOMAIN", -32, false, "SEARCHDOMAIN", NULL },
	{ "osrelease", "OSRELEASE", -24, false, "OSRELEASE", NULL },
	{ "ioprio", "IOPRIO", 6, true, "IOPRIO", NULL },
	{ "iolimit", "IOLIMIT", 11, true, "IOLIMIT", NULL },
	{ "iopslimit", "IOPSLIMIT", 9, true, "IOPSLIMIT", NULL },
	{ "diskspace", "DISKSPACE", -21, false, "DISKSPACE", NULL },
	{ "diskinodes", "DISKINODES", -21, false, "DISKINODES", NULL },
	{ "cpus", "CPUS", 5, true, "CPUS", NULL },
	{ "cpulimit", "CPULIMIT", 8, true, "CPULIMIT", NULL },
	{ "cpuunits", "CPUUNITS", 8, true, "CPUUNITS", NULL },
};

#define NFIELDS	(sizeof(fields) / sizeof(fields[0]))
#define MAX_COLUMNS	512

static const struct field *field_at(size_t i)
{
	return i < NFIELDS ? &fields[i] : bean_field_at(i - NFIELDS);
}

struct listing {
	bool all, stopped, json, no_header, ids_only, fields_only;
	const char *name, *hostname, *description, *sort;
	const struct field *columns[MAX_COLUMNS];
	size_t ncolumns;
	char **ids;		/* words behind the options */
	struct row *rows;
	size_t nrows;
};

static const struct field *find_field(const char *name)
{
	const struct field *f;

	/* Other names that vzlist has for them. */
	if (!strcmp(name, "ctid") || !strcmp(name, "veid"))
		return &fields[0];
	if (!strcmp(name, "ip_addr"))
		name = "ip";
	for (size_t i = 0; (f = field_at(i)); i++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

/* "-" for what it has not; in the middle of a table nothing may be empty. */
static const char *value_of(const struct field *f, const struct row *row,
			    const struct kx_host *host, char *buf, size_t size)
{
	buf[0] = '\0';
	if (f->get)
		f->get(row, host, buf, size);
	else if (f->key)
		snprintf(buf, size, "%s", kx_vps_get(&row->vps, f->key));
	else
		bean_value(f, row, buf, size);
	return *buf ? buf : "-";
}

static int choose_columns(struct listing *l, const char *list)
{
	char *copy = strdup(list), *save, *word;
	const struct field *f;
	int code = copy ? 0 : KX_RESOURCE;

	l->ncolumns = 0;
	for (word = copy ? strtok_r(copy, ",", &save) : NULL; word && !code;
	     word = strtok_r(NULL, ",", &save)) {
		f = find_field(word);
		if (!f)
			code = kx_usage_error("unknown field \"%s\" (-L lists them)",
					      word);
		else if (l->ncolumns == MAX_COLUMNS)
			code = kx_usage_error("-o: at most %d fields", MAX_COLUMNS);
		else
			l->columns[l->ncolumns++] = f;
	}
	free(copy);
	if (!code && !l->ncolumns)
		code = kx_usage_error("-o: which fields?");
	return code;
}

static bool matches(const char *pattern, const char *text)
{
	return !pattern || !fnmatch(pattern, text, 0);
}

static bool wanted(const struct listing *l, const struct row *row)
{
	bool running = row->there && row->ctx.state != CTX_STATE_DEAD;

	if (l->stopped ? running : !running && !l->all)
		return false;
	return matches(l->name, kx_vps_get(&row->vps, "NAME")) &&
	       matches(l->hostname, kx_vps_get(&row->vps, "HOSTNAME")) &&
	       matches(l->description, kx_vps_get(&row->vps, "DESCRIPTION"));
}

static const struct kx_ctx *find_ctx(const struct kx_ctx *list, size_t count,
				     uint32_t id)
{
	const struct kx_ctx *found = NULL;

	/* Of several with one id the last living one counts; dead ones linger. */
	for (size_t i = 0; i < count; i++)
		if (list[i].id == id &&
		    (!found || list[i].state != CTX_STATE_DEAD))
			found = &list[i];
	return found;
}

static int add_row(struct listing *l, struct kx_vps *vps,
		   const struct kx_ctx *ctx)
{
	struct row row = { .vps = *vps, .there = ctx };
	struct row *more;

	if (ctx) {
		row.ctx = *ctx;
		row.nproc = ctx->state == CTX_STATE_DEAD ? 0 : kx_vps_nproc(vps);
	}
	if (!l->ids && !wanted(l, &row)) {
		kx_vps_free(vps);
		return 0;
	}
	more = realloc(l->rows, (l->nrows + 1) * sizeof(*more));
	if (!more) {
		kx_vps_free(vps);
		return -1;
	}
	l->rows = more;
	more[l->nrows++] = row;
	return 0;
}

/* Those named on the command line, else all. */
static int collect(struct listing *l, const struct kx_host *host,
		   const struct kx_ctx *ctxs, size_t nctxs, struct kx_err *err)
{
	uint32_t *ids = NULL;
	size_t count = 0;
	struct kx_vps vps;
	int ret = 0;

	for (char **id = l->ids; id && *id; id++) {
		if (kx_vps_load(host, *id, &vps, err) ||
		    add_row(l, &vps, find_ctx(ctxs, nctxs, vps.id)))
			return -1;
	}
	if (l->ids)
		return 0;
	if (kx_vps_ids(host, &ids, &count, err))
		return -1;
	for (size_t i = 0; i < count && !ret; i++) {
		struct kx_err lost = {0};

		if (!kx_vps_load_id(host, ids[i], &vps, &lost)) {
			ret = add_row(l, &vps, find_ctx(ctxs, nctxs, ids[i]));
		} else if (lost.code != KX_NO_CONF) {
			*err = lost;
			ret = -1;
		}
	}
	free(ids);
	return ret;
}

struct order {
	const struct field *field;
	const struct kx_host *host;
	bool down;
};

static int compare(const void *a, const void *b, void *arg)
{
	const struct order *o = arg;
	char x[1024], y[1024];
	int ret;

	value_of(o->field, a, o->host, x, sizeof(x));
	value_of(o->field, b, o->host, y, sizeof(y));
	if (o->field->number) {
		uint64_t m = strtoull(x, NULL, 10), n = strtoull(y, NULL, 10);

		ret = (m > n) - (m < n);
	} else {
		ret = strcmp(x, y);
	}
	return o->down ? -ret : ret;
}

static int sort_rows(struct listing *l, const struct kx_host *host)
{
	struct order o = { .host = host };

	if (!l->sort)
		return 0;
	o.down = *l->sort == '-';
	o.field = find_field(l->sort + o.down);
	if (!o.field)
		return kx_usage_error("-s: unknown field \"%s\" (-L lists them)",
				      l->sort + o.down);
	if (l->nrows)
		qsort_r(l->rows, l->nrows, sizeof(*l->rows), compare, &o);
	return 0;
}

/* The last column is not padded, and no column is cut. */
static void print_cell(const struct listing *l, size_t i, const char *text)
{
	bool last = i + 1 == l->ncolumns;
	int width = l->columns[i]->width;

	if (last && width < 0)
		width = 0;
	printf("%*s%s", width, text, last ? "\n" : " ");
}

static void print_table(const struct listing *l, const struct kx_host *host)
{
	char buf[1024];

	for (size_t i = 0; !l->no_header && !l->ids_only && i < l->ncolumns; i++)
		print_cell(l, i, l->columns[i]->title);
	for (size_t r = 0; r < l->nrows; r++)
		for (size_t i = 0; i < l->ncolumns; i++)
			print_cell(l, i, value_of(l->columns[i], &l->rows[r], host,
						  buf, sizeof(buf)));
}

static int print_json(const struct listing *l, const struct kx_host *host)
{
	json_t *array = json_array();
	char buf[1024];
	int ret;

	for (size_t r = 0; r < l->nrows; r++) {
		json_t *object = json_object();

		for (size_t i = 0; i < l->ncolumns; i++) {
			const struct field *f = l->columns[i];
			const char *v = value_of(f, &l->rows[r], host, buf,
						 sizeof(buf));
			json_t *j;

			if (!strcmp(v, "-"))
				j = json_null();
			else if (f->number)
				j = json_integer(strtoll(v, NULL, 10));
			else
				j = json_string(v);
			json_object_set_new(object, f->name, j);
		}
		json_array_append_new(array, object);
	}
	ret = json_dumpf(array, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	json_decref(array);
	putchar('\n');
	return ret ? KX_SYSTEM : 0;
}

/* vzlist fails here, and scripts rely on it. */
static int nothing_found(void)
{
	fprintf(stderr, "vpslist: no VPS found\n");
	return KX_SETPARM;
}

static int list(struct listing *l, struct kx_err *err)
{
	struct kx_ctx *ctxs = NULL;
	size_t nctxs = 0;
	struct kx_host host;
	struct kx_nl *nl;
	int code = 0;

	if (kx_host_load(&host, err))
		return err->code;
	if (!kx_nl_open(&nl, err)) {
		code = kx_ctx_list(nl, &ctxs, &nctxs, err) ? err->code : 0;
		kx_nl_close(nl);
	} else if (err->code == KX_NO_KERNEL) {
		/* Nothing can run here; what is on disk can be listed. */
		memset(err, 0, sizeof(*err));
	} else {
		code = err->code;
	}
	if (!code && collect(l, &host, ctxs, nctxs, err))
		code = err->code ? err->code : KX_RESOURCE;
	if (!code)
		code = sort_rows(l, &host);
	if (!code && l->json)
		code = print_json(l, &host);
	else if (!code && !l->nrows)
		code = nothing_found();
	else if (!code)
		print_table(l, &host);
	for (size_t i = 0; i < l->nrows; i++)
		kx_vps_free(&l->rows[i].vps);
	free(l->rows);
	free(ctxs);
	kx_host_free(&host);
	return code;
}

static void print_help(void)
{
	printf("Usage: vpslist [OPTIONS] [CTID|NAME…]\n\n"
	       "Lists virtual private servers, the running ones without options.\n\n"
	       "  -a, --all             stopped ones too\n"
	       "  -S, --stopped         stopped ones only\n"
	       "  -o, --output FIELDS   fields, with commas between\n"
	       "  -L, --list            the names of the fields\n"
	       "  -H, --no-header       no titles\n"
	       "  -1                    CTIDs only, one a line\n"
	       "  -n, --name            with the name\n"
	       "  -N, --name-filter P   whose name matches P\n"
	       "  -h, --hostname P      whose host name matches P\n"
	       "  -d, --description P   whose description matches P\n"
	       "  -s, --sort FIELD      sorted by it; -FIELD: downwards\n"
	       "  -j, --json            as JSON\n"
	       "      --help, --version\n\n"
	       "P is a pattern of the shell. See vpslist(8).\n");
}

static int list_fields(void)
{
	const struct field *f;

	for (size_t i = 0; (f = field_at(i)); i++)
		printf("%-16s%s\n", f->name, f->title);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "stopped", no_argument, NULL, 'S' },
		{ "output", required_argument, NULL, 'o' },
		{ "list", no_argument, NULL, 'L' },
		{ "no-header", no_argument, NULL, 'H' },
		{ "name", no_argument, NULL, 'n' },
		{ "name-filter", required_argument, NULL, 'N' },
		{ "hostname", required_argument, NULL, 'h' },
		{ "description", required_argument, NULL, 'd' },
		{ "sort", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'x' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	struct listing l = {0};
	struct kx_err err = {0};
	int opt, code;

	code = choose_columns(&l, "ctid,nproc,status,ip,hostname");
	while (!code && (opt = getopt_long(argc, argv, "aSo:LH1nN:h:d:s:j",
					   options, NULL)) != -1) {
		switch (opt) {
		case 'a': l.all = true; break;
		case 'S': l.stopped = true; break;
		case 'o': code = choose_columns(&l, optarg); break;
		case 'L': return kx_close_stdout(list_fields());
		case 'H': l.no_header = true; break;
		case '1':
			l.ids_only = true;
			code = choose_columns(&l, "ctid");
			break;
		case 'n': code = choose_columns(&l, "ctid,nproc,status,ip,name"); break;
		case 'N': l.name = optarg; break;
		case 'h': l.hostname = optarg; break;
		case 'd': l.description = optarg; break;
		case 's': l.sort = optarg; break;
		case 'j': l.json = true; break;
		case 'x': print_help(); return kx_close_stdout(0);
		case 'v': kx_print_version(); return kx_close_stdout(0);
		default: return KX_USAGE;
		}
	}
	if (code)
		return code;
	if (optind < argc)
		l.ids = argv + optind;
	code = list(&l, &err);
	if (code && *err.msg)
		kx_report(&err);
	return kx_close_stdout(code);
}
