"""Small files of each kind that people send."""

from __future__ import annotations

import zlib

SECRET = b"Dr Novak of the quincecoloured ward: light massage is all right"


def _chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")


def png(width: int = 2, height: int = 2, note: bytes = SECRET) -> bytes:
    """A grey picture with a note among its bytes."""
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x00\x00\x00\x00"
    rows = zlib.compress((b"\x00" + b"\x80" * width) * height)
    parts = (_chunk(b"IHDR", header), _chunk(b"tEXt", b"Comment\0" + note), _chunk(b"IDAT", rows))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + _chunk(b"IEND", b"")


def pdf(note: bytes = SECRET, pad: int = 0) -> bytes:
    """One empty page, and a note in a comment; `pad` more bytes."""
    page = b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\n"
    return (
        b"%PDF-1.7\n%" + note + b"\n%" + b"x" * pad + b"\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" + page + b"trailer<</Root 1 0 R>>\n%%EOF\n"
    )


PNG = png()
PDF = pdf()
# one pixel, 1 by 1, with its tables left out: enough for whoever only looks what it is
JPEG = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000"  # JFIF
    "ffc0000b080001000101011100"  # 8 bits, 1 x 1, one part
    "ffda0008010100003f00d2cf20ffd9"
)
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 40
