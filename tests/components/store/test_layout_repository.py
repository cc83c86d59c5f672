"""Tests of `modelport.store.layout_repository`."""

from modelport.progress import silent
from modelport.store.descriptor import MANIFEST_TYPE, Descriptor, canonical_json
from modelport.store.layout import LayoutStore
from modelport.store.layout_repository import LayoutRepository

_DATA = b"layer" * 100
_LAYER = Descriptor.of("application/vnd.oci.image.layer.v1.tar", _DATA)


def test_a_tag_names_the_manifest_that_was_put_last(store: LayoutStore) -> None:
    """
    A second manifest under a tag takes its place; the first stays readable by its digest.
    """
    repository = LayoutRepository(store, "images/digits")
    first = repository.put_manifest(MANIFEST_TYPE, canonical_json({"n": 1}), "latest")
    second = repository.put_manifest(MANIFEST_TYPE, canonical_json({"n": 2}), "latest")

    found = repository.resolve("latest")
    assert found is not None
    assert second.digest == found.digest
    assert b'{"n":1}' == repository.manifest(first)
    assert ["latest"] == repository.tags()


def test_repositories_share_blobs_but_not_tags(store: LayoutStore) -> None:
    """
    A blob of one repository is there for another at once; a tag is not.
    """
    models, images = LayoutRepository(store, "models/digits"), LayoutRepository(store, "images/digits")
    assert not images.mount(_LAYER, models.name)
    models.write(_LAYER, [_DATA], silent)
    models.put_manifest(MANIFEST_TYPE, b"{}", "1")

    assert images.mount(_LAYER, models.name)
    assert images.resolve("1") is None
    with images.open(_LAYER) as reader:
        assert _DATA == reader.read()
