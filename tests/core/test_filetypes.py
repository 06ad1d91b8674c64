"""What a file is, told by its content, for each place that takes files."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from core import filetypes
from core.errors import Invalid

HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(40)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
FILM = b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isommp42" + bytes(40)


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 6), "#0f6b5b").save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "raw", "kind"),
    [
        ("id.pdf", PDF, "application/pdf"),
        ("id.jpg", picture("JPEG"), "image/jpeg"),
        ("id.png", picture("PNG"), "image/png"),
        ("IMG_1.HEIC", HEIC, "image/heic"),
        ("photo.jpg", HEIC, "image/heic"),  # telephones name them so
    ],
)
def test_documents_are_told_by_content(name: str, raw: bytes, kind: str) -> None:
    found, _data = filetypes.inspect(name, raw, field="file", kinds=filetypes.DOCUMENTS)
    assert found == kind
    assert filetypes.named_for(name, found).lower().endswith(filetypes.EXTENSIONS[kind])


@pytest.mark.parametrize(
    ("name", "raw"),
    [("id.gif", picture("GIF")), ("id.txt", b"I am I."), ("id.heic", FILM), ("id.webp", picture("WEBP"))],
)
def test_a_document_of_another_kind_is_refused_in_words(name: str, raw: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        filetypes.inspect(name, raw, field="file", kinds=filetypes.DOCUMENTS)
    assert caught.value.code == "wrong_kind"
    assert str(caught.value.fields["file"][0]) == f"“{name}” is not a PDF, JPEG, PNG or HEIC file."


def test_a_message_takes_no_heic() -> None:
    with pytest.raises(Invalid) as caught:
        filetypes.inspect("photo.heic", HEIC, field="attachments")
    assert caught.value.code == "wrong_kind"
