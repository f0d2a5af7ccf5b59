// SPDX-License-Identifier: GPL-2.0
/* Options as /proc/mounts shows them, so that mount(2) takes them again. */
#include <linux/seq_file.h>
#include "unionfs.h"

/* With a backslash before what would end a path, and then as in any option. */
static void show_path(struct seq_file *m, const char *path, const char *stop)
{
	char part[2] = "";

	for (; *path; path++) {
		if (strchr(stop, *path))
			seq_puts(m, "\\134");
		part[0] = *path;
		seq_escape(m, part, ", \t\n\\#");
	}
}

static void show_dir(struct seq_file *m, const char *option, const char *path)
{
	seq_printf(m, ",%s=", option);
	show_path(m, path, ",\\");
}

static void show_lower(struct seq_file *m, const struct unionfs_super *us)
{
	unsigned int i = 1;

	if (i < us->nr && !us->branch[i].single) {
		seq_puts(m, ",lowerdir=");
		for (; i < us->nr && !us->branch[i].single; i++) {
			if (i > 1)
				seq_putc(m, ':');
			show_path(m, us->branch[i].text, ":,\\");
		}
	}
	for (; i < us->nr; i++)
		show_dir(m, "lowerdir+", us->branch[i].text);
}

int unionfs_show_options(struct seq_file *m, struct dentry *root)
{
	const struct unionfs_super *us = unionfs_sb(root->d_sb);

	show_lower(m, us);
	if (us->branch[0].text)
		show_dir(m, "upperdir", us->branch[0].text);
	if (us->worktext)
		show_dir(m, "workdir", us->worktext);
	if (us->userxattr)
		seq_puts(m, ",userxattr");
	return 0;
}
