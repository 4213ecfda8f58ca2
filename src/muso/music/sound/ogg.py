"""The same serial number in every Ogg file, where the encoder draws one by the clock.

Source: RFC 3533, The Ogg Encapsulation Format Version 0.
"""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path

SERIAL = 0x6D75736F
"""Four letters."""
POLYNOMIAL = 0x04C11DB7
HEADER = 27
SERIAL_AT, CHECKSUM_AT, SEGMENTS_AT = 14, 22, 26


def settle_serial(path: Path) -> None:
    """Give the only stream of an Ogg file the serial number `SERIAL`, in place.

    A page's checksum is linear in its bits, so what four changed bytes do to it follows from
    their distance to the page's end; the rest of the page isn't read.
    """
    with path.open("r+b") as file:
        at = 0
        while len(header := file.read(HEADER)) == HEADER:
            segments = file.read(header[SEGMENTS_AT])
            length = HEADER + len(segments) + sum(segments)
            serial, _, checksum = struct.unpack_from("<III", header, SERIAL_AT)
            change = int.from_bytes(struct.pack("<I", serial ^ SERIAL), "big")
            checksum ^= _times(change, _shift(8 * (length - SERIAL_AT)))
            file.seek(at + SERIAL_AT)
            file.write(struct.pack("<I", SERIAL))
            file.seek(at + CHECKSUM_AT)
            file.write(struct.pack("<I", checksum))
            at += length
            file.seek(at)


@cache
def _shift(bits: int) -> int:
    """`x**bits` modulo the polynomial, over two elements."""
    if bits == 0:
        return 1
    half = _shift(bits // 2)
    square = _times(half, half)
    return _times(square, 2) if bits % 2 else square


def _times(a: int, b: int) -> int:
    """The product of two polynomials over two elements, modulo the polynomial."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        b >>= 1
        a <<= 1
        if a >> 32:
            a ^= POLYNOMIAL | 1 << 32
    return product
