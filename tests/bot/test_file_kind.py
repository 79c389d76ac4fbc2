"""Files by their bytes: what is taken, what is named, and that nothing else passes for either."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import file_kind
from tests.bot.files import HEIC, JPEG, PDF, PNG

OURS = {file_kind.PDF, file_kind.JPEG, file_kind.PNG}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "pdf"),
        (PDF.replace(b"1.7", b"2.0"), "pdf"),
        (PDF + b"\r\n" * 40, "pdf"),
        (JPEG, "jpeg"),
        (JPEG + b"a tail that some phones add", "jpeg"),
        (JPEG[:2] + b"\xff\xff\xe1\x00\x08Exif\0\0" + JPEG[2:], "jpeg"),
        (PNG, "png"),
        (HEIC, "heic"),
        (HEIC.replace(b"heic", b"mif1"), "heic"),
        (b"", None),
        (b"%PDF-1.7", None),  # cut short
        (b"\n" + PDF, None),
        (b"MZ" + PDF, None),
        (b"%PDF-9.9" + PDF[8:], None),
        (JPEG[:6], None),
        (JPEG[: JPEG.index(b"\xff\xc0")], None),
        (PNG[:-12], None),
        (PNG[:8] + b"\0\0\0\rJUNK" + PNG[16:], None),
        (PNG[:16] + b"\0\0\0\0" + PNG[20:], None),  # a picture of no width
        (b"GIF89a\x01\0\x01\0", None),
        (b"RIFF\0\0\0\0WEBPVP8 ", None),
        (b"PK\x03\x04 word/document.xml", None),
        (b"<html><script>alert(1)</script>%PDF-1.7 %%EOF", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"\0\0\0\x18ftypisom\0\0\0\0", None),  # a film
        (b"OggS\0\x02", None),
        (b"\x7fELF\x02\x01\x01", None),
        ("Dr Novak says yes".encode("utf-16"), None),
    ],
)
def test_a_file_is_what_its_bytes_say(content: bytes, kind: str | None) -> None:
    assert file_kind.of(content) == kind


@given(st.binary(max_size=400))
def test_no_bytes_at_random_pass(content: bytes) -> None:
    assert file_kind.of(content) is None or content[:4] in {PDF[:4], PNG[:4], JPEG[:4], HEIC[:4]}


@given(st.sampled_from([PDF, JPEG, PNG]), st.binary(min_size=1, max_size=40))
def test_nothing_passes_behind_other_bytes(content: bytes, before: bytes) -> None:
    assert file_kind.of(before + content) not in OURS


@given(st.sampled_from([PDF, JPEG, PNG]), st.data())
def test_one_that_is_cut_off_never_becomes_another_kind(content: bytes, data: st.DataObject) -> None:
    end = data.draw(st.integers(0, len(content)))
    assert file_kind.of(content[:end]) in {None, file_kind.of(content)}


def test_each_kind_that_is_taken_has_its_name() -> None:
    assert set(file_kind.SUFFIX) == OURS
