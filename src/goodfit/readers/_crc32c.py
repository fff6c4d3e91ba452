# SPDX-License-Identifier: Apache-2.0
"""CRC-32C of many records at once, as TFRecord files carry it (masked).

One byte of every record a step, over arrays: 200,000 short records cost a few dozen table look-ups on
arrays. A long record is cut into lanes that are worked out side by side and joined after: a CRC is
linear, so that the state after a lane is the state before it, moved on by the lane's length, XOR the
lane's own.
"""

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Crcs = NDArray[np.uint32]
_POLYNOMIAL = 0x82F63B78  # Castagnoli, bit-reversed
_MASK_DELTA = 0xA282EAD8  # TFRecord: rotate right by 15 bits, then add this
_LONG = 4_096  # bytes from which lanes are quicker
_FEW = 32  # records up to which one after the other is quicker


def _table() -> Crcs:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(_POLYNOMIAL), table >> 1)
    return table.astype(np.uint32)


_TABLE = _table()
_PLAIN_TABLE: list[int] = _TABLE.tolist()


def masked_crcs(records: Bytes) -> Crcs:
    """The masked CRC-32C of each row of an array (records, length)."""
    if records.shape[1] <= _LONG and len(records) <= _FEW:
        crcs = np.array([_plain(row.tobytes()) for row in records], dtype=np.uint32)
    elif records.shape[1] > _LONG:
        crcs = np.array([_long(row) for row in records], dtype=np.uint32)
    else:
        crcs = _advance(np.full(len(records), 0xFFFFFFFF, dtype=np.uint32), records)
    crcs ^= np.uint32(0xFFFFFFFF)
    turned = (crcs >> np.uint32(15)) | (crcs << np.uint32(17))
    return (turned + np.uint32(_MASK_DELTA)).astype(np.uint32)


def _plain(record: bytes) -> int:
    state = 0xFFFFFFFF
    for byte in record:
        state = _PLAIN_TABLE[(state ^ byte) & 0xFF] ^ (state >> 8)
    return state


def _advance(states: Crcs, records: Bytes) -> Crcs:
    """Move each state on by the bytes of its row."""
    for column in np.ascontiguousarray(records.T):
        states = _TABLE[(states ^ column) & np.uint32(0xFF)] ^ (states >> np.uint32(8))
    return states


def _long(record: Bytes) -> int:
    """The state after one long record, from lanes of about the square root of its length."""
    width = int(np.sqrt(len(record)))
    start = len(record) % width
    lanes = record[start:].reshape(-1, width)
    # The last 32 rows are zeros that start from each single bit: what moving on by a lane does to that bit.
    states = np.concatenate(
        [np.zeros(len(lanes), dtype=np.uint32), np.left_shift(np.uint32(1), np.arange(32, dtype=np.uint32))]
    )
    padded = np.concatenate([lanes, np.zeros((32, width), dtype=np.uint8)])
    moved = _advance(states, padded)
    own, bits = moved[: len(lanes)], moved[len(lanes) :].tolist()
    state = int(_advance(np.full(1, 0xFFFFFFFF, dtype=np.uint32), record[None, :start])[0])
    for lane in own.tolist():
        moved_state = lane
        for bit in range(32):
            if state >> bit & 1:
                moved_state ^= bits[bit]
        state = moved_state
    return state
