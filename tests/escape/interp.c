// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel loads in place of the dynamic linker of somebody else's
 * program: holds that program's file open and becomes /attack/exe.
 */
#include <fcntl.h>
#include <sys/syscall.h>

static long call(long number, long a, long b, long c)
{
	long ret;

	__asm__ volatile("syscall" : "=a" (ret) : "a" (number), "D" (a), "S" (b), "d" (c)
			 : "rcx", "r11", "memory");
	return ret;
}

__attribute__((noreturn)) void _start(void)
{
	char *args[] = { "exe", "reopen", (char []){ 0, 0 }, 0 }, *env[] = { 0 };
	long fd = call(SYS_open, (long)"/proc/self/exe", O_RDONLY, 0);

	args[2][0] = fd < 0 ? '-' : '0' + (fd & 7);
	call(SYS_execve, (long)"/attack/exe", (long)args, (long)env);
	for (;;)
		call(SYS_exit, 1, 0, 0);
}
