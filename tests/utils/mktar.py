#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""mktar.py CASE - writes a tar archive that no tar program would write.

Only the minimal Python is needed: archives are made header by header.
"""
import sys

OUTSIDE = b"/tmp/kontext-outside"


def number(value, width):
    if 0 <= value < 8 ** (width - 1):
        return b"%0*o\0" % (width - 1, value)
    return (value + (1 << (8 * width - 1))).to_bytes(width, "big")


def header(name, kind, size, mode=0o644, uid=0, gid=0, mtime=1, link=b"",
           major=0, minor=0):
    h = bytearray(512)

    def put(at, data):
        h[at:at + len(data)] = data

    put(0, name[:100])
    put(100, number(mode, 8))
    put(108, number(uid, 8))
    put(116, number(gid, 8))
    put(124, number(size, 12))
    put(136, number(mtime, 12))
    put(148, b" " * 8)
    put(156, kind)
    put(157, link[:100])
    put(257, b"ustar\00000")
    put(329, number(major, 8))
    put(337, number(minor, 8))
    put(148, b"%06o\0 " % sum(h))
    return bytes(h)


def pad(data):
    return data + b"\0" * (-len(data) % 512)


def pax(**records):
    body = b""
    for key, value in records.items():
        line = b" " + key.encode() + b"=" + value + b"\n"
        length = len(line) + 1
        while length != len(b"%d" % length) + len(line):
            length += 1
        body += b"%d" % length + line
    return header(b"pax", b"x", len(body)) + pad(body)


def entry(name, kind=b"0", data=b"", size=None, **fields):
    extra = fields.pop("pax", {})
    if len(name) > 100:
        extra = dict(extra, path=name)
    out = pax(**extra) if extra else b""
    return out + header(name, kind, len(data) if size is None else size,
                        **fields) + pad(data)


def folder(name, mode=0o755, **fields):
    return entry(name, b"5", mode=mode, **fields)


def symlink(name, target):
    return entry(name, b"2", link=target, mode=0o777)


def hardlink(name, target, **fields):
    return entry(name, b"1", link=target, **fields)


def device(name, major, minor):
    return entry(name, b"3", major=major, minor=minor)


EVIL = b"evil\n"
FINE = folder(b"./") + folder(b"./etc") + entry(b"./etc/fine", data=b"fine\n")
SPARSE = "GNU.sparse."


def sparse(size, block_at):
    """A pax 1.0 sparse file: one block of data in a hole of any size."""
    table = pad(b"2\n%d\n512\n%d\n0\n" % (block_at, size))
    data = table + b"d" * 512
    return entry(b"sparse", data=data, pax={
        SPARSE + "major": b"1", SPARSE + "minor": b"0",
        SPARSE + "name": b"sparse", SPARSE + "realsize": b"%d" % size})


CASES = {
    "fine": lambda: FINE,
    "empty": lambda: b"",
    "only-root": lambda: folder(b"./"),
    "dotdot": lambda: FINE + entry(b"../kontext-evil", data=EVIL),
    "dotdot-inside": lambda: FINE + entry(b"etc/../../../kontext-evil", data=EVIL),
    "dotdot-end": lambda: FINE + folder(b"etc/.."),
    "absolute": lambda: FINE + entry(OUTSIDE + b"/evil", data=EVIL),
    "through-link": lambda: symlink(b"l", OUTSIDE) + entry(b"l/evil", data=EVIL),
    "through-up-link": lambda: folder(b"a") + symlink(b"a/l", b"../../..") +
        entry(b"a/l/kontext-evil", data=EVIL),
    "through-inner-link": lambda: folder(b"usr") + folder(b"usr/bin") +
        symlink(b"bin", b"usr/bin") + entry(b"bin/ls", data=EVIL),
    "folder-through-link": lambda: symlink(b"l", OUTSIDE) + folder(b"l/evil/deep"),
    "through-file": lambda: entry(b"f") + entry(b"f/x"),
    "link-outside": lambda: FINE + hardlink(b"x", b"../../../../etc/passwd"),
    "link-absolute": lambda: FINE + hardlink(b"x", OUTSIDE + b"/target"),
    "link-through-link": lambda: symlink(b"l", OUTSIDE) + hardlink(b"x", b"l/target"),
    "link-to-device": lambda: device(b"null", 1, 3) + hardlink(b"x", b"null"),
    "link-to-folder": lambda: FINE + hardlink(b"x", b"etc"),
    "link-missing": lambda: FINE + hardlink(b"x", b"nothing"),
    "link-data-through-link": lambda: symlink(b"l", OUTSIDE + b"/target") +
        entry(b"x", b"1", data=EVIL, link=b"l", pax={"size": b"5"}),
    "devices": lambda: b"".join(device(b"d%d" % i, 1, 3) for i in range(4200)),
    "whiteout": lambda: FINE + device(b"hidden", 0, 0),
    "huge": lambda: FINE + entry(b"huge", data=b"x", size=1 << 50),
    "huge-sparse": lambda: FINE + sparse(1 << 60, 1 << 59),
    "behind-end": lambda: FINE + sparse(4096, 1 << 30),
    "deep": lambda: entry(b"d/" * 600 + b"f"),
    "long-path": lambda: entry((b"d" * 200 + b"/") * 30 + b"f"),
    "long-component": lambda: entry(b"n" * 300),
    "root-file": lambda: entry(b".", data=EVIL),
    "root-link": lambda: symlink(b"./", OUTSIDE),
    "owner": lambda: FINE + entry(b"f", uid=100000),
    "over-folder": lambda: FINE + entry(b"etc", data=EVIL),
    "acl-unknown": lambda: FINE + entry(b"f", pax={
        "SCHILY.acl.access": b"user::rw-,user:nobody-here:r--,group::r--,mask::r--,other::---"}),
    "bad-capability": lambda: FINE + entry(b"f", pax={
        "SCHILY.xattr.security.capability": b"nonsense"}),
    # What follows is to be accepted, and to touch nothing outside.
    "ok-over-link": lambda: symlink(b"f", OUTSIDE + b"/target") +
        entry(b"f", data=b"inside\n"),
    "ok-folder-over-link": lambda: symlink(b"d", OUTSIDE) +
        folder(b"d", mode=0o777) + entry(b"d/evil", data=EVIL),
    "ok-names": lambda: entry(b"a\nb") + entry(b"\xff\xfe") +
        entry(b"caf\xc3\xa9 " + b"x" * 120) + symlink(b"s", b"/../../etc/passwd"),
    "ok-twice": lambda: entry(b"f", data=b"first\n") + hardlink(b"g", b"f") +
        entry(b"f", data=b"second\n"),
    "ok-no-folders": lambda: entry(b"a/b/c/f", data=b"x"),
    "ok-sparse": lambda: sparse(100 << 30, 50 << 30),
    "ok-union-attributes": lambda: folder(b"d", pax={
        "SCHILY.xattr.trusted.overlay.opaque": b"y",
        "SCHILY.xattr.trusted.overlay.redirect": b"/etc",
        "SCHILY.xattr.user.overlay.redirect": b"/etc",
        "SCHILY.xattr.user.kept": b"yes"}),
}

if len(sys.argv) != 2 or sys.argv[1] not in CASES:
    sys.exit("usage: mktar.py " + "|".join(CASES))
sys.stdout.buffer.write(CASES[sys.argv[1]]() + b"\0" * 1024)
