"""What a file really is, told by its content; pure but for Pillow. Its name is only a claim to be checked."""

from __future__ import annotations

import io
import re
import unicodedata
import warnings
from pathlib import PurePosixPath
from typing import Any

import puremagic
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from PIL import Image, ImageOps, UnidentifiedImageError

from core.errors import Invalid, TooLarge

PNG, JPEG, GIF, WEBP = "image/png", "image/jpeg", "image/gif", "image/webp"
PDF, TEXT, HEIC = "application/pdf", "text/plain", "image/heic"
IMAGES = {PNG: "PNG", JPEG: "JPEG", GIF: "GIF", WEBP: "WEBP"}
EXTENSIONS: dict[str, tuple[str, ...]] = {  # the first one is given where the name has none that fits
    PNG: (".png",),
    JPEG: (".jpg", ".jpeg"),
    GIF: (".gif",),
    WEBP: (".webp",),
    PDF: (".pdf",),
    TEXT: (".txt", ".log", ".csv", ".md"),
    HEIC: (".heic", ".heif"),
}
CONVERSATION = frozenset((*IMAGES, PDF, TEXT))  # what fits a message
DOCUMENTS = frozenset((PDF, JPEG, PNG, HEIC))  # what shows who somebody is
PHOTOGRAPHS = frozenset((JPEG, PNG, WEBP, HEIC))  # what shows goods
WORDS = {
    CONVERSATION: gettext_noop("“%(name)s” is not an image (PNG, JPEG, GIF, WebP), a PDF or plain text."),
    DOCUMENTS: gettext_noop("“%(name)s” is not a PDF, JPEG, PNG or HEIC file."),
    PHOTOGRAPHS: gettext_noop("“%(name)s” is not a photograph (JPEG, PNG, WebP or HEIC)."),
}
# HEIC: an ISO media file whose brand says that it holds still pictures.
_HEIC_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"))
MOST_BYTES = 10 * 1024 * 1024
INLINE = frozenset(IMAGES)  # what a browser may show in place
MOST_PIXELS = 50_000_000
MOST_FRAMES = 200
NAME_LIMIT = 120
_MARKUP = re.compile(rb"<\s*(!doctype|html|head|body|script|svg|\?xml|iframe|style|img|meta)", re.IGNORECASE)


def clean_name(raw: object) -> str:
    """The last part of a name, without control, direction and path characters; at most 120 of them."""
    last = re.split(r"[/\\]", str(raw or ""))[-1]
    kept = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp")).strip(
        " ."
    )
    stem, suffix = PurePosixPath(kept or "file").stem, PurePosixPath(kept or "file").suffix[:12]
    return stem[: NAME_LIMIT - len(suffix)] + suffix


def named_for(name: str, kind: str) -> str:
    """The name with an ending that tells the truth: a JPEG called .png becomes .jpg."""
    path = PurePosixPath(name)
    if path.suffix.lower() in EXTENSIONS[kind]:
        return name
    ours = {ending for endings in EXTENSIONS.values() for ending in endings}
    stem = path.stem if path.suffix.lower() in ours else name
    return stem + EXTENSIONS[kind][0]


def read_upload(upload: Any, name: str, *, field: str, most: int = MOST_BYTES) -> bytes:
    """The bytes of an upload (anything with `size` and `read`), never more than `most` of them.

    Raises TooLarge, Invalid (`empty_file`); both name the field.
    """
    size = getattr(upload, "size", None)
    raw = b"" if size is not None and size > most else upload.read(most + 1)
    if (size or 0) > most or len(raw) > most:
        words = _("“%(name)s” is larger than 10 MB. Send a smaller one.") % {"name": name}
        raise TooLarge(words, fields={field: [words]})
    if not raw:
        words = _("“%(name)s” is empty. Choose the file again.") % {"name": name}
        raise Invalid.field(field, words, code="empty_file")
    return raw


def inspect(name: str, raw: bytes, *, field: str, kinds: frozenset[str] = CONVERSATION) -> tuple[str, bytes]:
    """The content type and the bytes to keep, of one of the `kinds`. Pictures are drawn anew, HEIC stays as it is.

    Raises Invalid (`wrong_kind`, `damaged_file`) that names the field.
    """
    kind = sniff(raw)
    if kind is None or kind not in kinds:
        words = _(WORDS[kinds]) % {"name": name}
        raise Invalid.field(field, words, code="wrong_kind")
    if not _claim_fits(name, kind):
        words = _("“%(name)s” holds something else than its name says (%(kind)s). Rename it and try again.")
        raise Invalid.field(field, words % {"name": name, "kind": kind}, code="wrong_kind")
    return kind, _reencoded(name, kind, raw, field) if kind in IMAGES else raw


def sniff(raw: bytes) -> str | None:
    """One of the known types by content, None for anything else."""
    if raw.startswith(b"%PDF-"):
        return PDF
    if raw[4:8] == b"ftyp" and raw[8:12] in _HEIC_BRANDS:
        return HEIC
    try:
        found = puremagic.from_string(raw[:65536], mime=True)
    except (puremagic.PureError, ValueError):
        found = ""
    if found in IMAGES:
        return found
    return TEXT if _is_text(raw) else None


def _is_text(raw: bytes) -> bool:
    """UTF-8 without control characters and without anything that a browser would take for a page."""
    if raw.startswith(b"#!") or _MARKUP.search(raw[:65536]):
        return False
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not any(unicodedata.category(c) == "Cc" and c not in "\t\n\r\f" for c in text)


def _claim_fits(name: str, kind: str) -> bool:
    """Pictures may be called like one another; nothing else may pass for another kind."""
    ending = PurePosixPath(name).suffix.lower()
    if kind in IMAGES or kind == HEIC:
        return ending == "" or any(ending in EXTENSIONS[image] for image in (*IMAGES, HEIC))
    return ending == "" or ending in EXTENSIONS[kind]


def _reencoded(name: str, kind: str, raw: bytes, field: str) -> bytes:
    """The picture drawn anew: no metadata, nothing behind its end, upright."""
    damaged = Invalid.field(
        field, _("“%(name)s” cannot be read as a picture.") % {"name": name}, code="damaged_file"
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(raw), formats=list(IMAGES.values())) as image:
                if image.width * image.height > MOST_PIXELS or getattr(image, "n_frames", 1) > MOST_FRAMES:
                    raise damaged
                return _written(image, kind)
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ):
        raise damaged from None


def _written(image: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    if getattr(image, "is_animated", False) and kind in (GIF, WEBP):
        image.save(out, IMAGES[kind], save_all=True)
        return out.getvalue()
    image.load()
    upright = ImageOps.exif_transpose(image)
    if kind == JPEG and upright.mode not in ("RGB", "L"):
        upright = upright.convert("RGB")
    clean = upright.copy()
    clean.info = {key: value for key, value in clean.info.items() if key in ("transparency", "duration")}
    clean.save(out, IMAGES[kind], **({"quality": 90} if kind == JPEG else {}))
    return out.getvalue()
