#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Branches of a union, made by hand.

fsck-tree.py list DIR...           all there is to see of a tree, but access times
fsck-tree.py set FILE NAME VALUE   trusted.overlay.NAME; "hex:" and digits for bytes
fsck-tree.py get FILE NAME         the value, or nothing
fsck-tree.py handle FILE           what overlayfs stores as the origin, in hexadecimal
fsck-tree.py deep DIR N            a chain of N directories in DIR
fsck-tree.py swap DIR SECONDS      exchanges DIR/a and DIR/b all the time
"""
import ctypes
import fcntl
import os
import struct
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
PREFIX = os.environ.get("PREFIX", "trusted.overlay.")


def show(path):
    st = os.lstat(path)
    data = os.readlink(path) if os.path.islink(path) else ""
    if os.path.isfile(path) and st.st_size < 100000:
        data = open(path, "rb").read()
    attrs = sorted((a, os.getxattr(path, a, follow_symlinks=False))
                   for a in os.listxattr(path, follow_symlinks=False))
    print(ascii(path), oct(st.st_mode), st.st_uid, st.st_rdev, st.st_nlink, st.st_ino, st.st_blocks,
          st.st_size, st.st_mtime_ns, st.st_ctime_ns, attrs, data)


def list_tree(top):
    show(top)
    for path, dirs, files in os.walk(top):
        dirs.sort()
        for name in sorted(dirs + files):
            show(os.path.join(path, name))


def handle(path):
    buf = ctypes.create_string_buffer(struct.pack("II", 128, 0) + bytes(128))
    mount = ctypes.c_int()
    if libc.name_to_handle_at(-100, os.fsencode(path), buf, ctypes.byref(mount), 0):
        raise OSError(ctypes.get_errno(), "name_to_handle_at")
    size, kind = struct.unpack("Ii", buf.raw[:8])
    fd = os.open(path, os.O_RDONLY)
    uuid = bytes(16)
    try:
        uuid = fcntl.ioctl(fd, 0x80111500, bytes(17))[1:]
    except OSError:
        pass
    little = sys.byteorder == "little"
    return bytes([0, 0xfb, 21 + size, 0 if little else 1, kind]) + uuid + buf.raw[8:8 + size]


def deep(top, count):
    os.chdir(top)
    for i in range(count):
        name = "d" * (200 if i % 2 else 1)
        os.mkdir(name)
        if i % 500 == 0:
            open(name + "/file", "w").close()
            os.mkdir(name + "/side")
        os.chdir(name)


def swap(top, seconds):
    end = time.time() + seconds
    a, b = (os.fsencode(top + "/" + n) for n in "ab")
    while time.time() < end:
        libc.renameat2(-100, a, -100, b, 2)


def main(command, *args):
    if command == "list":
        for top in args:
            list_tree(top)
    elif command == "set":
        value = bytes.fromhex(args[2][4:]) if args[2].startswith("hex:") else args[2].encode()
        os.setxattr(args[0], PREFIX + args[1], value, follow_symlinks=False)
    elif command == "get":
        try:
            print(os.getxattr(args[0], PREFIX + args[1], follow_symlinks=False).decode("latin1"))
        except OSError:
            pass
    elif command == "handle":
        print(handle(args[0]).hex())
    elif command == "deep":
        deep(args[0], int(args[1]))
    elif command == "swap":
        swap(args[0], float(args[1]))


main(*sys.argv[1:])
