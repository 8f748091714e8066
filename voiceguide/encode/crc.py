"""CRC-16 as LAME's tag has it: polynomial x16 + x15 + x2 + 1, bits reversed, start 0.

A byte at a time in Python is too slow for a whole file. Two ideas make it quick: the register is
as wide as two bytes, so a table of 65536 entries takes a 16-bit word at a step; and the sum is
linear, so that many rows are summed side by side (a numpy step for each column) and joined after:

    crc(a + b) = skip(crc(a)) ^ crc(b),    where skip runs the register over len(b) zeros
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

_POLYNOMIAL = 0xA001
_ROW = 128
"""Words in a row; a power of two."""

_Words = npt.NDArray[np.uint16]


def crc16(data: bytes, crc: int = 0) -> int:
    """The sum of `data`, begun at the sum `crc` of what stands before it."""
    whole = len(data) // (2 * _ROW) * _ROW
    rows = np.frombuffer(data, "<u2", whole).reshape(-1, _ROW)
    skip = _skip()
    for row in _row_sums(rows).tolist():
        crc = int(skip[crc]) ^ row
    return _one_by_one(data[2 * whole :], crc)


def _row_sums(rows: _Words) -> _Words:
    table = _table()
    sums = np.zeros(len(rows), np.uint16)
    for column in np.ascontiguousarray(rows.T):
        sums = table[sums ^ column]
    return sums


def _one_by_one(data: bytes, crc: int) -> int:
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (_POLYNOMIAL if crc & 1 else 0)
    return crc


@cache
def _table() -> _Words:
    """What becomes of each register after one word of zeros."""
    register = np.arange(0x10000, dtype=np.uint16)
    for _ in range(16):
        register = np.where(register & 1, register >> 1 ^ _POLYNOMIAL, register >> 1)
    return register.astype(np.uint16)


@cache
def _skip() -> _Words:
    """What becomes of each register after a row of zeros: the table, squared until long enough."""
    register = _table()
    for _ in range(_ROW.bit_length() - 1):
        register = register[register]
    return register
