"""The head of a WAV file whose samples are still to come."""

from __future__ import annotations

import struct

SAMPLE_BYTES = 2
ENDLESS = 0xFFFFFFFF


def header(sample_rate: int, channels: int, frames: int | None) -> bytes:
    """44 bytes that announce 16-bit samples; `frames` None where nobody knows how many.

    Source: Multimedia Programming Interface and Data Specifications 1.0 (1991), RIFF WAVE.

    >>> len(header(44_100, 2, 0)), header(44_100, 2, None)[-4:]
    (44, b'\\xff\\xff\\xff\\xff')
    """
    frame = channels * SAMPLE_BYTES
    size = ENDLESS if frames is None else min(frames * frame, ENDLESS - 36)
    whole = ENDLESS if frames is None else size + 36
    form = struct.pack("<HHIIHH", 1, channels, sample_rate, sample_rate * frame, frame, 16)
    return (
        b"RIFF"
        + struct.pack("<I", whole)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + form
        + (b"data" + struct.pack("<I", size))
    )
