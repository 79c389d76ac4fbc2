"""What a file is, by its bytes: a name and a type that somebody gave it prove nothing."""

from __future__ import annotations

import re

PDF, JPEG, PNG = "pdf", "jpeg", "png"
SUFFIX = {PDF: "pdf", JPEG: "jpg", PNG: "png"}
"""The kinds that are taken, and how the name of such a file ends."""
HEIC = "heic"
"""A kind of picture that many phones take and few doctors' computers show: named, to be declined by name."""

_PDF = re.compile(rb"%PDF-[12]\.\d")
_PNG = b"\x89PNG\r\n\x1a\n"
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif"})
_NO_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})  # markers of a JPEG that stand alone
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def of(content: bytes) -> str | None:
    """PDF, JPEG or PNG if the file is one from its first byte; HEIC if it is that; None for all else."""
    if _PDF.match(content) and b"%%EOF" in content[-2048:]:
        return PDF
    if content.startswith(_PNG):
        return PNG if _is_png(content) else None
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG if _is_jpeg(content) else None
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        return HEIC
    return None


def _is_png(content: bytes) -> bool:
    """Its first chunk says how large a picture follows, and its last that it is whole."""
    header = content[8:16] == b"\x00\x00\x00\rIHDR"
    return header and _area(content[16:20], content[20:24]) and b"IEND" in content[-1024:]


def _is_jpeg(content: bytes) -> bool:
    """One segment leads to the next until one says how large the picture is."""
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:  # filling
            at += 1
        elif marker in _NO_LENGTH:
            at += 2
        elif marker in _FRAMES:
            return _area(content[at + 5 : at + 7], content[at + 7 : at + 9])
        else:
            at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return False


def _area(one: bytes, other: bytes) -> bool:
    return bool(int.from_bytes(one, "big") and int.from_bytes(other, "big"))
