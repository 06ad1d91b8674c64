"""Photographs of goods: what is none, what is hidden in one, whose it is."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from core.errors import Invalid, NotFound, TooLarge
from orders import actions
from orders.actions import Asked
from orders.actions.return_photos import forget_unsent_photos
from orders.models import Return, ReturnPhoto
from tests.orders.returning import Goods, make_goods, photo_file, picture

pytestmark = pytest.mark.django_db
MUGS = Asked(1, 2, "damaged", "Both handles are off.")


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def goods() -> Goods:
    return make_goods()


def test_what_is_broken_is_shown(goods: Goods) -> None:
    with pytest.raises(Invalid) as told:
        goods.apply(MUGS, photos=False)
    assert list(told.value.fields) == ["photos"] and not Return.objects.exists()


NO_PHOTOS = {
    "text": ("mug.jpg", b"no picture at all"),
    "a page": ("mug.jpg", b"<html><script>alert(1)</script></html>"),
    "a pdf": ("mug.pdf", b"%PDF-1.7\n1 0 obj"),
    "a moving picture": ("mug.gif", picture("GIF")),
    "cut off": ("mug.png", picture("PNG")[:60]),
    "empty": ("mug.jpg", b""),
}


@pytest.mark.parametrize(("name", "data"), NO_PHOTOS.values(), ids=NO_PHOTOS.keys())
def test_photographs_that_are_none(goods: Goods, name: str, data: bytes) -> None:
    with pytest.raises(Invalid) as told:
        actions.store_return_photo(actor=goods.by_buyer, order=goods.order, upload=photo_file(name, data))
    assert list(told.value.fields) == ["photos"] and not ReturnPhoto.objects.exists()


def test_a_photograph_that_is_too_large(goods: Goods) -> None:
    large = photo_file(data=b"\xff\xd8\xff" + b"0" * (10 * 1024 * 1024))
    with pytest.raises(TooLarge):
        actions.store_return_photo(actor=goods.by_buyer, order=goods.order, upload=large)


def test_photographs_are_drawn_anew(goods: Goods) -> None:
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x010F] = "Secret Maker"
    Image.new("RGB", (20, 20), "red").save(out, "JPEG", exif=exif)
    assert b"Secret Maker" in out.getvalue()
    photo = actions.store_return_photo(
        actor=goods.by_buyer, order=goods.order, upload=photo_file(data=out.getvalue())
    )
    with default_storage.open(photo.file) as kept:
        assert b"Secret Maker" not in kept.read()


def test_a_photograph_of_somebody_else_is_not_bound(goods: Goods) -> None:
    theirs = actions.store_return_photo(actor=goods.one, order=goods.order, upload=photo_file())
    with pytest.raises(Invalid) as told:
        actions.apply_for_return(
            actor=goods.by_buyer, order_id=goods.order.pk, lines=[MUGS], photo_ids=[theirs.public_id]
        )
    assert list(told.value.fields) == ["photos"] and not Return.objects.exists()
    with pytest.raises(NotFound):
        actions.remove_return_photo(actor=goods.by_buyer, photo=theirs.public_id)


def test_at_most_eight_and_none_is_kept_for_ever(goods: Goods) -> None:
    for _n in range(8):
        goods.photo()
    with pytest.raises(Invalid):
        goods.photo()
    ReturnPhoto.objects.update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert forget_unsent_photos() == 8 and not ReturnPhoto.objects.exists()
