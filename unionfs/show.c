// SPDX-License-Identifier: GPL-2.0
/* Options as /proc/mounts shows them: as they were given. */
#include <linux/seq_file.h>
#include "unionfs.h"

static void show_lower(struct seq_file *m, const struct unionfs_super *us)
{
	unsigned int i = 1;

	if (i < us->nr && !us->branch[i].single) {
		seq_puts(m, ",lowerdir=");
		for (; i < us->nr && !us->branch[i].single; i++) {
			if (i > 1)
				seq_putc(m, ':');
			seq_escape(m, us->branch[i].text, ", \t\n\\");
		}
	}
	for (; i < us->nr; i++)
		seq_show_option(m, "lowerdir+", us->branch[i].text);
}

int unionfs_show_options(struct seq_file *m, struct dentry *root)
{
	const struct unionfs_super *us = unionfs_sb(root->d_sb);

	show_lower(m, us);
	if (us->branch[0].text)
		seq_show_option(m, "upperdir", us->branch[0].text);
	if (us->worktext)
		seq_show_option(m, "workdir", us->worktext);
	if (us->userxattr)
		seq_puts(m, ",userxattr");
	return 0;
}
