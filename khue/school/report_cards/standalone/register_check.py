#!/usr/bin/env python3
"""Check kept checkpoints of the registers of report cards, by themselves and against extracts of the registers.

Stands alone: Python 3.9 or later, nothing to install; Ed25519 is computed here. Written apart from Khuê, from the
description of the files only, so that whoever keeps checkpoints need not believe the program they are about.

    register_check.py CHECKPOINT ...                  each agrees with itself; no later one takes back an earlier one
    register_check.py CHECKPOINT ... --extract FILE   and the register in the extract is the one that they saw

Exit code 0: everything holds; 1: something does not, and is named; 2: wrong words.

A checkpoint: title, number, time, count of entries, root, hash of what moved, key id (these seven lines are signed),
public key, signature, then "school number hash" a line. An extract: title with the school, then "hash JSON" a line.
"""

import hashlib
import json
import sys

CHECKPOINT = "Khue report card register checkpoint 1"
EXTRACT = "Khue report card register extract 1"

# --- Ed25519 (RFC 8032), verification only ---------------------------------------------------------------------------
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def recover(y, sign):
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if x2 == 0:
        return None if sign else 0
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * ROOT % P
    if (x * x - x2) % P:
        return None
    return P - x if x & 1 != sign else x


def add(a, b):
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    w, x, y, z = f - e, h - g, h + g, f + e
    return (w * x % P, y * z % P, x * y % P, w * z % P)


def times(n, point):
    total = (0, 1, 1, 0)
    while n:
        if n & 1:
            total = add(total, point)
        point = add(point, point)
        n >>= 1
    return total


def same(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = recover(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def signed(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    a, r, s = point(public), point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    return same(times(s, BASE), add(r, times(h, a)))


# --- the files --------------------------------------------------------------------------------
class Problem(Exception):
    pass


def read_checkpoint(name):
    with open(name, encoding="utf-8") as source:
        lines = source.read().split("\n")
    if len(lines) < 10 or lines[0] != CHECKPOINT:
        raise Problem(f"{name}: not a checkpoint")
    try:
        public, signature = bytes.fromhex(lines[7]), bytes.fromhex(lines[8])
        heads = {}
        for line in filter(None, lines[9:]):
            school, number, head = line.split(" ")
            if int(school) in heads:
                raise Problem(f"{name}: school {school} stands twice")
            heads[int(school)] = (int(number), head)
            if len(bytes.fromhex(head)) != 32:
                raise ValueError
        found = {
            "name": name,
            "number": int(lines[1]),
            "entries": int(lines[3]),
            "heads": heads,
            "key": lines[6],
        }
    except ValueError as why:
        raise Problem(f"{name}: broken") from why
    if hashlib.sha256(public).hexdigest()[:16] != lines[6]:
        raise Problem(f"{name}: the key is not the one it names")
    if not signed(public, "\n".join(lines[:7]).encode(), signature):
        raise Problem(f"{name}: the signature does not hold")
    root = hashlib.sha256()
    for school in sorted(heads):
        root.update(f"{school} {heads[school][0]} {heads[school][1]}\n".encode())
    if root.hexdigest() != lines[4]:
        raise Problem(f"{name}: the list is not the signed one")
    if sum(number for number, _head in heads.values()) != found["entries"]:
        raise Problem(f"{name}: the count of entries is not the sum")
    return found


def read_extract(name):
    """The hashes of a school's register by number; every line follows from the one before it."""
    with open(name, encoding="utf-8") as source:
        title, _space, school = source.readline().strip().rpartition(" ")
        if title != EXTRACT or not school.isdigit():
            raise Problem(f"{name}: not an extract")
        hashes, before = {}, bytes(32)
        for place, line in enumerate(source, 1):
            stored, _space, said = line.rstrip("\n").partition(" ")
            try:
                fields = json.loads(said)
            except ValueError as why:
                raise Problem(f"{name}: line {place} is broken") from why
            if fields[:2] != [int(school), place]:
                raise Problem(f"{name}: line {place} is missing or moved")
            if hashlib.sha256(before + said.encode()).hexdigest() != stored:
                raise Problem(f"{name}: line {place} does not follow from the one before it")
            before = bytes.fromhex(stored)
            hashes[place] = stored
    return int(school), hashes


def compare(earlier, later):
    for school, (number, head) in earlier["heads"].items():
        now = later["heads"].get(school)
        if now is None or now[0] < number:
            yield f"{later['name']}: the register of school {school} is shorter than in {earlier['name']}"
        elif now[0] == number and now[1] != head:
            yield f"{later['name']}: line {number} of school {school} is another than in {earlier['name']}"
    if later["number"] == earlier["number"] and later["heads"] != earlier["heads"]:
        yield f"{later['name']}: two different checkpoints {later['number']}"


def main(words):
    names, extracts = [], []
    rest = iter(words)
    for word in rest:
        if word == "--extract":
            extracts.append(next(rest, ""))
        else:
            names.append(word)
    if not names or "" in extracts:
        print(__doc__.split("\n\n")[2], file=sys.stderr)
        return 2
    faults, kept = [], []
    for name in names:
        try:
            kept.append(read_checkpoint(name))
        except (Problem, OSError, UnicodeDecodeError) as why:
            faults.append(str(why))
    kept.sort(key=lambda one: one["number"])
    for place in range(1, len(kept)):
        faults += compare(kept[place - 1], kept[place])
    for name in extracts:
        try:
            school, hashes = read_extract(name)
        except (Problem, OSError, UnicodeDecodeError) as why:
            faults.append(str(why))
            continue
        for one in kept:
            number, head = one["heads"].get(school, (0, ""))
            if number and hashes.get(number) != head:
                faults.append(f"{name}: line {number} is not the one that {one['name']} saw")
    for fault in faults:
        print(fault)
    if not faults:
        newest = kept[-1]
        print(
            f"sound: {len(kept)} checkpoints, {newest['entries']} entries of {len(newest['heads'])} schools"
        )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
