import gzip
import io
import tarfile
from collections.abc import Callable

import pytest
from modelport.image import layer_listing, layer_tree
from modelport.image.image_error import ImageError
from modelport.image.layer_listing import list_layer
from modelport.image.layer_tree import LayerTree
from modelport.progress import silent
from modelport.store.descriptor import LAYER_TYPE, Descriptor, digest_of
from modelport.store.meter import Meter

from tests.components.image.made_images import LIBC, file, folder, layer, link

Member = tuple[tarfile.TarInfo, bytes]


def _tree(*layers: bytes, wants: Callable[[str], bool] = lambda _: True) -> LayerTree:
    tree = LayerTree(wants)
    for each in layers:
        _add(tree, each)
    return tree


def _add(tree: LayerTree, plain: bytes, *, stored: bytes | None = None, kind: str = LAYER_TYPE) -> None:
    data = plain if stored is None else stored
    descriptor = Descriptor.of(kind, data)
    tree.add(list_layer(io.BytesIO(data), descriptor, digest_of(plain), tree, Meter("", None, silent)))


def test_only_what_is_wanted_is_kept() -> None:
    """
    Of an image with many files, links, closed folders and the wanted names stay in memory.
    """
    whole = layer(file("a"), file("wanted"), link("l", "a"), folder("open"), folder("closed", 0o700))

    tree = _tree(whole, wants=lambda path: path == "wanted")

    assert {"wanted", "l", "closed"} == set(tree.entries)


@pytest.mark.parametrize(
    ("above", "left"),
    [
        ([file("etc/.wh.a")], {"etc/b", "usr/c"}),
        ([file(".wh.etc")], {"usr/c"}),
        ([file("etc/.wh..wh..opq")], {"usr/c"}),
        ([file("etc/.wh..wh..opq"), file("etc/d")], {"etc/d", "usr/c"}),
        ([file(".wh.etc"), file("etc/d")], {"etc/d", "usr/c"}),
        ([file("etc/d"), file("etc/.wh.d")], {"etc/a", "etc/b", "etc/d", "usr/c"}),
        ([file("./etc/.wh.a")], {"etc/b", "usr/c"}),
        ([file(".wh..wh..opq")], set()),
        ([file("etc")], {"etc", "usr/c"}),
        ([folder("etc/a")], {"etc/a", "etc/b", "usr/c"}),
        ([file(".wh.nothing"), file("no/.wh..wh..opq")], {"etc/a", "etc/b", "usr/c"}),
    ],
)
def test_layers_take_away_what_lower_layers_have(above: list[Member], left: set[str]) -> None:
    """
    Whiteouts, opaque folders, and a file where a folder was hide lower layers, never their own.
    """
    assert left == set(_tree(layer(file("etc/a"), file("etc/b"), file("usr/c")), layer(*above)).entries)


@pytest.mark.parametrize(
    ("members", "path", "leads_to"),
    [
        ([file("a/b")], "/a/b", "a/b"),
        ([file("a/b"), link("c", "a")], "/c/b", "a/b"),
        ([file("a/b"), link("a/c", "b")], "/a/c", "a/b"),
        ([file("a/b"), link("x/y", "../a/b")], "/x/y", "a/b"),
        ([file("a/b"), link("x", "/a/../a/./b")], "/x", "a/b"),
        ([file("a/b"), link("x", "../../../a/b")], "/x", "a/b"),
        ([link("usr", "real"), file("usr/b")], "/usr/b", "real/b"),
        ([link("x", "x")], "/x", None),
        ([link("x", "y"), link("y", "x")], "/x", None),
        ([link("x", "nowhere")], "/x", None),
        ([folder("x", 0o700)], "/x", None),
        ([], "/x", None),
    ],
)
def test_links_are_followed_inside_the_image(members: list[Member], path: str, leads_to: str | None) -> None:
    """
    Relative and absolute links stay below the image's root; loops lead nowhere.
    """
    assert leads_to == _tree(layer(*members)).resolve(path)


def test_a_folder_in_place_of_a_link_counts() -> None:
    """
    The upper layer's folder is entered, not the lower layer's link.
    """
    tree = _tree(layer(file("usr/lib/a"), link("lib", "usr/lib")), layer(folder("lib"), file("lib/a")))

    assert "lib/a" == tree.resolve("/lib/a")


def test_names_that_leave_the_root_are_left_out() -> None:
    """
    Container engines refuse them; they hide and add nothing.
    """
    tree = _tree(
        layer(file("a")), layer(file("../a"), file("x/../../a"), file("../.wh.a"), file("/b"), file("n" * 5000))
    )

    assert {"a", "b"} == set(tree.entries)


def test_who_may_run_a_file_shows() -> None:
    """
    A file without `x` for others, and a closed folder above it, keep an unprivileged user out.
    """
    tree = _tree(layer(folder("root", 0o700), file("root/bin/a"), file("b", mode=0o750), file("c")))

    assert ["root", "b", None] == [tree.closed_on_the_way(path) for path in ("root/bin/a", "b", "c")]


def test_a_folder_that_is_opened_by_a_later_layer_is_open() -> None:
    """
    The mode of the topmost layer counts.
    """
    tree = _tree(layer(folder("opt", 0o700), file("opt/a")), layer(folder("opt", 0o755)))

    assert None is tree.closed_on_the_way("opt/a")


@pytest.mark.parametrize("name", ["libc.so.6", "libc-2.31.so"])
def test_the_version_of_glibc_is_read(name: str) -> None:
    """
    Newer ones say it inside the file, older ones in its name.
    """
    data = bytes(3 << 20) + LIBC if name == "libc.so.6" else b""

    assert ("2.36" if data else "2.31") == _tree(layer(file(f"lib/{name}", data))).entries[f"lib/{name}"].libc


def test_a_gzip_layer_of_several_members_is_read() -> None:
    """
    Some builders write chunks one after the other.
    """
    plain = layer(file("a"), file("b", bytes(5000)))
    tree = LayerTree(lambda _: True)

    _add(tree, plain, stored=gzip.compress(plain[:700]) + gzip.compress(plain[700:]), kind=f"{LAYER_TYPE}+gzip")

    assert {"a", "b"} == set(tree.entries)


def _long_header() -> bytes:
    data = layer(file("n" * 200))
    stated = tarfile.TarInfo("PaxHeaders/entry")
    stated.type, stated.size = tarfile.XHDTYPE, 1 << 40
    return stated.tobuf(tarfile.GNU_FORMAT) + data


def _negative_size() -> bytes:
    member = bytearray(tarfile.TarInfo("a").tobuf(tarfile.GNU_FORMAT))
    member[124:136] = b"\xff" * 9 + bytes(3)  # base 256: -16 MB
    checksum = sum(member[:148]) + 8 * 32 + sum(member[156:512])
    member[148:156] = b"%06o\0 " % checksum
    return bytes(member) + bytes(1024)


@pytest.mark.parametrize(
    ("plain", "stored", "kind"),
    [
        (b"no tar at all" * 100, None, LAYER_TYPE),
        (b"", b"no gzip", f"{LAYER_TYPE}+gzip"),
        (b"", gzip.compress(layer(file("a", bytes(100_000))))[:-500], f"{LAYER_TYPE}+gzip"),
        (_long_header(), None, LAYER_TYPE),
        (_negative_size(), None, LAYER_TYPE),
    ],
    ids=["no tar", "no gzip", "cut off", "endless header", "negative size"],
)
def test_a_damaged_layer_is_named(plain: bytes, stored: bytes | None, kind: str) -> None:
    """
    Whatever an archive states, reading it ends with one line.
    """
    with pytest.raises(
        ImageError, match=r"^layer sha256:[0-9a-f]{64} is damaged \(.*\): build or pull the image again$"
    ):
        _add(LayerTree(lambda _: True), plain, stored=stored, kind=kind)


def test_other_bytes_than_the_configuration_says_are_refused() -> None:
    """
    Engines check the uncompressed digest when they pull: better here than there.
    """
    data = layer(file("a"))
    descriptor = Descriptor.of(LAYER_TYPE, data)
    tree = LayerTree(lambda _: True)

    with pytest.raises(ImageError, match=r"unpacks to sha256:.*, its image says sha256:"):
        list_layer(io.BytesIO(data), descriptor, digest_of(b"other"), tree, Meter("", None, silent))


def test_a_bomb_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A layer that unpacks without end is read up to a bound only.
    """
    monkeypatch.setattr(layer_listing, "UNPACKED_LIMIT", 1 << 20)
    plain = layer(file("a", bytes(4 << 20)))

    with pytest.raises(ImageError, match="unpacks to more than"):
        _add(LayerTree(lambda _: True), plain, stored=gzip.compress(plain), kind=f"{LAYER_TYPE}+gzip")


def test_very_many_entries_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Neither the time for entries nor the memory for links is without bound.
    """
    monkeypatch.setattr(layer_listing, "ENTRIES_LIMIT", 3)
    monkeypatch.setattr(layer_tree, "KEPT_LIMIT", 2)

    with pytest.raises(ImageError, match="holds more than 3 files"):
        _tree(layer(*(file(f"f{number}") for number in range(4))))
    with pytest.raises(ImageError, match="more than 2 links"):
        _tree(layer(*(link(f"l{number}", "x") for number in range(3))))


def test_zstd_is_refused_with_the_way_out() -> None:
    """
    Nothing here reads it.
    """
    with pytest.raises(ImageError, match="compressed with zstd, which is not read here: use the image's gzip variant"):
        _add(LayerTree(lambda _: True), b"", kind=f"{LAYER_TYPE}+zstd")
