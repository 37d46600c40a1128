"""The audit log: tree and proofs against the RFC's own words, the chain, and the notes."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from hashlib import sha256

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from livevote.core import chain
from livevote.core.ballot import Entry
from livevote.core.chain import AuditLog, Checkpoint, Tree, VerifierKey
from livevote.errors import BadInput

# --- the definitions of RFC 6962, 2.1, word by word, over the leaves' data ---


def mth(d: Sequence[bytes]) -> bytes:
    if not d:
        return sha256(b"").digest()
    if len(d) == 1:
        return sha256(b"\x00" + d[0]).digest()
    k = below(len(d))
    return sha256(b"\x01" + mth(d[:k]) + mth(d[k:])).digest()


def path(m: int, d: Sequence[bytes]) -> list[bytes]:
    if len(d) == 1:
        return []
    k = below(len(d))
    if m < k:
        return [*path(m, d[:k]), mth(d[k:])]
    return [*path(m - k, d[k:]), mth(d[:k])]


def subproof(m: int, d: Sequence[bytes], whole: bool) -> list[bytes]:
    if m == len(d):
        return [] if whole else [mth(d)]
    k = below(len(d))
    if m <= k:
        return [*subproof(m, d[:k], whole), mth(d[k:])]
    return [*subproof(m - k, d[k:], False), mth(d[:k])]


def below(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k


# The eight leaves and the roots that Certificate Transparency's implementations are tested with.
CT_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def tree_of(leaves: Sequence[bytes]) -> Tree:
    tree = Tree()
    tree.extend(sha256(b"\x00" + leaf).digest() for leaf in leaves)
    return tree


def leaves_of(count: int) -> list[bytes]:
    return [str(i).encode() for i in range(count)]


def test_the_roots_are_those_of_certificate_transparency() -> None:
    tree = tree_of(CT_LEAVES)
    assert [tree.root(size).hex() for size in range(9)] == CT_ROOTS


@given(st.lists(st.integers(0, 20), max_size=12))
def test_a_tree_is_the_same_however_its_leaves_come(pieces: list[int]) -> None:
    leaves = [sha256(leaf).digest() for leaf in leaves_of(sum(pieces))]
    together, apart = Tree(), Tree()
    together.extend(leaves)
    start = 0
    for piece in pieces:
        apart.extend(leaves[start : start + piece])
        start += piece
    assert apart.size == together.size == len(leaves)
    for size in range(len(leaves) + 1):
        assert apart.root(size) == together.root(size)


def test_the_paths_of_seven_leaves_are_the_examples_of_the_rfc() -> None:
    """RFC 6962, 2.1.3: a to l as its figure names the nodes."""
    a, b, c, d, e, f, j = (mth([leaf]) for leaf in CT_LEAVES[:7])
    g, h, i = (sha256(b"\x01" + x + y).digest() for x, y in ((a, b), (c, d), (e, f)))
    k = sha256(b"\x01" + g + h).digest()
    right = sha256(b"\x01" + i + j).digest()
    tree = tree_of(CT_LEAVES[:7])
    assert tree.inclusion(0, 7) == [b, h, right]
    assert tree.inclusion(3, 7) == [c, g, right]
    assert tree.inclusion(4, 7) == [f, j, k]
    assert tree.inclusion(6, 7) == [i, k]
    assert tree.consistency(3, 7) == [c, d, g, right]
    assert tree.consistency(4, 7) == [right]
    assert tree.consistency(6, 7) == [i, j, k]


def test_every_proof_up_to_forty_leaves() -> None:
    """All sizes, leaves and pairs of sizes of a small tree: equal to the RFC, and verified."""
    leaves = leaves_of(40)
    tree = tree_of(leaves)
    for size in range(41):
        assert tree.root(size) == mth(leaves[:size])
        for leaf in range(size):
            proof = tree.inclusion(leaf, size)
            assert proof == path(leaf, leaves[:size])
            assert chain.verify_inclusion(mth([leaves[leaf]]), leaf, size, proof, tree.root(size))
        for earlier in range(1, size + 1):
            proof = tree.consistency(earlier, size)
            assert proof == subproof(earlier, leaves[:size], True)
            assert consistent(tree, earlier, size, proof)
        assert consistent(tree, 0, size, [])


def consistent(tree: Tree, earlier: int, size: int, proof: Sequence[bytes]) -> bool:
    return chain.verify_consistency(earlier, tree.root(earlier), size, tree.root(size), proof)


@given(st.integers(1, 700), st.data())
def test_any_proof_of_a_larger_tree(count: int, data: st.DataObject) -> None:
    leaves = leaves_of(count)
    tree = tree_of(leaves)
    size = data.draw(st.integers(1, count))
    leaf, earlier = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    assert tree.root(size) == mth(leaves[:size])
    assert tree.inclusion(leaf, size) == path(leaf, leaves[:size])
    assert tree.consistency(earlier, size) == subproof(earlier, leaves[:size], True)


@given(st.integers(2, 300), st.data())
def test_a_changed_proof_is_refused(count: int, data: st.DataObject) -> None:
    tree = tree_of(leaves_of(count))
    leaf = data.draw(st.integers(0, count - 1))
    proof, root, hashed = tree.inclusion(leaf, count), tree.root(count), mth([str(leaf).encode()])
    at, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
    bent = [*proof[:at], flipped(proof[at], bit), *proof[at + 1 :]]
    assert not chain.verify_inclusion(hashed, leaf, count, bent, root)
    assert not chain.verify_inclusion(flipped(hashed, bit), leaf, count, proof, root)
    assert not chain.verify_inclusion(hashed, leaf, count, proof[:-1], root)
    assert not chain.verify_inclusion(hashed, leaf, count, [*proof, root], root)
    other = data.draw(st.integers(-1, count).filter(lambda place: place != leaf))
    assert not chain.verify_inclusion(hashed, other, count, proof, root)


@given(st.integers(2, 300), st.data())
def test_a_fork_is_seen(count: int, data: st.DataObject) -> None:
    """A second history that changes one ballot before the first checkpoint is consistent with it
    by no proof, neither its own nor the honest one."""
    leaves = leaves_of(count)
    earlier = data.draw(st.integers(1, count))
    changed = data.draw(st.integers(0, earlier - 1))
    honest = tree_of(leaves)
    forked = tree_of([*leaves[:changed], b"another", *leaves[changed + 1 :]])
    for proof in (honest.consistency(earlier, count), forked.consistency(earlier, count)):
        assert not chain.verify_consistency(
            earlier, honest.root(earlier), count, forked.root(count), proof
        )
        assert not chain.verify_consistency(
            earlier, forked.root(earlier), count, honest.root(count), proof
        )


def test_what_no_tree_can_prove_is_refused() -> None:
    tree = tree_of(leaves_of(5))
    for ask in (
        lambda: tree.root(6),
        lambda: tree.inclusion(5, 5),
        lambda: tree.inclusion(-1, 5),
        lambda: tree.inclusion(0, 0),
        lambda: tree.consistency(4, 6),
        lambda: tree.consistency(4, 3),
    ):
        with pytest.raises(ValueError, match="tree"):
            ask()
    root = tree.root(5)
    assert not chain.verify_consistency(5, root, 4, tree.root(4), [])
    assert not chain.verify_consistency(0, root, 5, root, [])
    assert not chain.verify_consistency(5, root, 5, tree.root(4), [])
    assert not chain.verify_consistency(2, tree.root(2), 5, root, [])
    assert not chain.verify_inclusion(mth([b"0"]), 0, 0, [], chain.EMPTY_ROOT)


def flipped(value: bytes, bit: int) -> bytes:
    bent = bytearray(value)
    bent[bit // 8] ^= 1 << bit % 8
    return bytes(bent)


# --- the log ---


def entry(index: int, value: int = 87) -> Entry:
    return Entry(index, bytes(range(16)), "studio", 3, value, 1_772_367_300_123)


def test_the_line_is_the_bundles() -> None:
    assert chain.line(entry(7)) == "7,000102030405060708090a0b0c0d0e0f,studio,3,87,1772367300123"


def test_the_chain_is_as_the_module_says() -> None:
    audit = AuditLog("livevote/e1/r1")
    link = sha256(b"livevote chain 1\nlivevote/e1/r1").digest()
    assert audit.chain == link
    for index in (1, 2, 3):
        audit.extend([entry(index)])
        leaf = sha256(b"\x00" + chain.line(entry(index)).encode()).digest()
        link = sha256(link + leaf).digest()
        assert audit.chain == link
    together = AuditLog("livevote/e1/r1")
    together.extend(map(entry, (1, 2, 3)))
    assert together.checkpoint(5) == audit.checkpoint(5)
    assert AuditLog("livevote/e1/r2").chain != AuditLog("livevote/e1/r1").chain


@pytest.mark.parametrize("indices", [(2,), (1, 1), (1, 3), (1, 2, 2)])
def test_a_log_that_jumps_is_refused(indices: tuple[int, ...]) -> None:
    audit = AuditLog("livevote/e1/r1")
    with pytest.raises(BadInput, match="jumps"):
        audit.extend(map(entry, indices))


# --- the notes ---

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(32))
KEY = VerifierKey("livevote", PRIVATE.public_key().public_bytes_raw())
POINT = Checkpoint("livevote/e1/r1", 3, b"r" * 32, b"c" * 32, 1_772_367_300_123)


def check(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def test_a_note_is_written_as_c2sp_says() -> None:
    note = chain.sign_note(POINT, KEY, PRIVATE.sign)
    text, _, signatures = note.partition("\n\n")
    assert text.split("\n") == [
        "livevote/e1/r1",
        "3",
        base64.b64encode(b"r" * 32).decode(),
        f"chain {(b'c' * 32).hex()}",
        "time 1772367300123",
    ]
    dash, name, signed = signatures.removesuffix("\n").split(" ")
    assert (dash, name) == ("—", "livevote")
    raw = base64.b64decode(signed)
    assert raw[:4] == sha256(b"livevote\n\x01" + KEY.public).digest()[:4]
    assert check(KEY.public, raw[4:], f"{text}\n".encode())
    assert chain.open_note(note, KEY, check) == POINT


def test_a_note_of_the_go_package_is_read() -> None:
    """The example of golang.org/x/mod/sumdb/note: same key form, same key id, same signature."""
    key = VerifierKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
    )
    note = (
        f"{text}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZS"
        "NXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    assert chain.signed_text(note, key, check) == text
    with pytest.raises(BadInput):
        chain.signed_text(note.replace("answer", "anwser"), key, check)


def test_a_key_is_read_as_it_is_written() -> None:
    assert VerifierKey.parse(KEY.text()) == KEY
    assert VerifierKey.parse(f"{KEY.text()}\n") == KEY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "livevote",
        f"+{KEY.id.hex()}+{KEY.text().split('+', 2)[2]}",
        KEY.text().replace("livevote", "another"),
        KEY.text()[:-4],
        KEY.text() + "!",
    ],
)
def test_a_key_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        VerifierKey.parse(text)


def test_signatures_of_others_are_passed_over() -> None:
    note = chain.sign_note(POINT, KEY, PRIVATE.sign)
    other = base64.b64encode(b"abcd" + bytes(64)).decode()
    assert chain.open_note(f"{note}— witness {other}\n", KEY, check) == POINT
    with pytest.raises(BadInput, match="not signed by"):
        chain.open_note(note, VerifierKey("another", KEY.public), check)


@given(st.data())
def test_no_byte_of_a_note_can_be_changed(data: st.DataObject) -> None:
    note = chain.sign_note(POINT, KEY, PRIVATE.sign)
    at = data.draw(st.integers(0, len(note) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda c: c != note[at]))
    with pytest.raises(BadInput):
        chain.open_note(note[:at] + other + note[at + 1 :], KEY, check)


@pytest.mark.parametrize(
    "bent",
    [
        POINT.text().replace("\n3\n", "\n03\n"),
        POINT.text().replace("\n3\n", "\n3.0\n"),
        POINT.text().replace("chain ", ""),
        POINT.text() + "more\n",
        POINT.text().replace("time 1", "time +1"),
        "livevote/e1/r1\n3\n",
    ],
)
def test_there_is_one_way_to_write_a_checkpoint(bent: str) -> None:
    with pytest.raises(BadInput, match="no checkpoint"):
        chain.read_text(bent)
