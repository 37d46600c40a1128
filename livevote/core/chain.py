"""The audit log of a run: a line for each ballot, a chain and a Merkle tree over the lines, and
the checkpoints that are signed.

A line is exactly a line of the bundle's ballots.csv. Its leaf is SHA-256(0x00 || line). The chain
binds the order: c_0 = SHA-256("livevote chain 1\\n" || origin), c_i = SHA-256(c_(i-1) || leaf_i).
The tree is that of RFC 6962: with it a voter can be shown that one ballot is among a million in
twenty hashes, and anyone that a later checkpoint continues an earlier one. A checkpoint is a
signed note of C2SP (tlog-checkpoint, signed-note). Nothing here reads a store or holds a key:
whoever signs or checks a signature hands in a function.

Places in the tree count from 0, as in the RFC: the ballot with index i is leaf i - 1.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from livevote.core.ballot import Entry
from livevote.errors import BadInput

HASH_BYTES = 32
_PAIR = 2 * HASH_BYTES
EMPTY_ROOT = sha256(b"").digest()
# The algorithm's number in a signed note: Ed25519.
ED25519 = b"\x01"
KEY_ID_BYTES = 4
SIGNATURE_BYTES = 64
_CHAIN_START = b"livevote chain 1\n"

Sign = Callable[[bytes], bytes]
"""Message → Ed25519 signature."""
Check = Callable[[bytes, bytes, bytes], bool]
"""(public key, signature, message) → whether the signature is right."""


def line(entry: Entry) -> str:
    """The ballot as text, without a newline."""
    return (
        f"{entry.index},{entry.voter.hex()},{entry.panel},{entry.seq},{entry.value},"
        f"{entry.received_ms}"
    )


def leaf_hash(ballot_line: str) -> bytes:
    return sha256(b"\x00" + ballot_line.encode()).digest()


def origin(episode: str, run: str) -> str:
    """What a checkpoint says it is of."""
    return f"livevote/{episode}/{run}"


# --- the tree ---


class Tree:
    """An RFC 6962 Merkle tree that only grows, and remembers what every earlier size needs.

    Level k holds the hash of each complete subtree of 2^k leaves. That is two hashes a leaf:
    64 bytes, 64 MB for a million, and no proof reads a leaf again.
    """

    def __init__(self) -> None:
        self._levels: list[bytearray] = [bytearray()]

    @property
    def size(self) -> int:
        return len(self._levels[0]) // HASH_BYTES

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaves' hashes and complete the subtrees that they complete, a level at a time."""
        new, level = b"".join(leaves), 0
        while new:
            if level == len(self._levels):
                self._levels.append(bytearray())
            hashes = self._levels[level]
            # The last one of an odd number waits for its sibling.
            start = len(hashes) // _PAIR * _PAIR
            hashes += new
            whole = range(start, len(hashes) // _PAIR * _PAIR, _PAIR)
            new = b"".join([sha256(b"\x01" + hashes[i : i + _PAIR]).digest() for i in whole])
            level += 1

    def leaf(self, place: int) -> bytes:
        """The hash that was appended there."""
        return bytes(self._levels[0][place * HASH_BYTES : (place + 1) * HASH_BYTES])

    def root(self, size: int) -> bytes:
        """MTH of the first `size` leaves (RFC 6962, 2.1). Raises ValueError for one too many."""
        self._check(size)
        return self._hash(0, size) if size else EMPTY_ROOT

    def inclusion(self, leaf: int, size: int) -> list[bytes]:
        """PATH(leaf, D[size]) (2.1.1), from the leaf's side up. Raises ValueError."""
        self._check(size)
        if not 0 <= leaf < size:
            raise ValueError(f"leaf {leaf} is not in a tree of {size}")
        path = []
        start, end = 0, size
        while end - start > 1:
            middle = start + _split(end - start)
            if leaf < middle:
                path.append(self._hash(middle, end))
                end = middle
            else:
                path.append(self._hash(start, middle))
                start = middle
        return path[::-1]

    def consistency(self, size1: int, size2: int) -> list[bytes]:
        """PROOF(size1, D[size2]) (2.1.2). Empty from size 0, and between equal sizes. Raises
        ValueError."""
        self._check(size2)
        if not 0 <= size1 <= size2:
            raise ValueError(f"a tree of {size1} does not come before one of {size2}")
        if size1 in (0, size2):
            return []
        proof = []
        start, end = 0, size2
        while size1 != end:
            middle = start + _split(end - start)
            if size1 <= middle:
                proof.append(self._hash(middle, end))
                end = middle
            else:
                proof.append(self._hash(start, middle))
                start = middle
        # The first tree itself is known to whoever has its root.
        if start:
            proof.append(self._hash(start, end))
        return proof[::-1]

    def _hash(self, start: int, end: int) -> bytes:
        """MTH of the leaves from start to before end; start is a multiple of every power of two
        below their number, as in all that the RFC asks for."""
        count = end - start
        if count & (count - 1) == 0:
            level = count.bit_length() - 1
            at = (start >> level) * HASH_BYTES
            return bytes(self._levels[level][at : at + HASH_BYTES])
        middle = start + _split(count)
        return _node(self._hash(start, middle), self._hash(middle, end))

    def _check(self, size: int) -> None:
        if not 0 <= size <= self.size:
            raise ValueError(f"the tree has {self.size} leaves, not {size}")


def verify_inclusion(
    leaf: bytes, place: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Whether the leaf's hash is at this place of the tree (RFC 9162, 2.1.3.2)."""
    if not 0 <= place < size:
        return False
    found, last = leaf, size - 1
    for sibling in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = _node(sibling, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = _node(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(
    size1: int, root1: bytes, size2: int, root2: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the second tree continues the first (RFC 9162, 2.1.4.2). Two checkpoints for which
    there is no such proof are a fork."""
    if not 0 <= size1 <= size2:
        return False
    if size1 == 0:
        return not proof and root1 == EMPTY_ROOT and (size2 > 0 or root2 == EMPTY_ROOT)
    if size1 == size2:
        return not proof and root1 == root2
    # A first tree that is a complete subtree is not repeated in the proof.
    nodes = [root1, *proof] if size1 & (size1 - 1) == 0 else list(proof)
    if len(nodes) < 2:
        return False
    place, last = size1 - 1, size2 - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = nodes[0]
    for sibling in nodes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = _node(sibling, first), _node(sibling, second)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            second = _node(second, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and first == root1 and second == root2


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def _split(count: int) -> int:
    """The largest power of two below `count` (2 or more)."""
    return 1 << (count - 1).bit_length() - 1


# --- the log ---


class AuditLog:
    """Chain and tree of one run, extended ballot by ballot."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.tree = Tree()
        self.chain = sha256(_CHAIN_START + origin.encode()).digest()

    @property
    def size(self) -> int:
        return self.tree.size

    def extend(self, entries: Iterable[Entry]) -> None:
        """Raises BadInput where an index is missing or comes twice."""
        size, chain, leaves = self.size, self.chain, []
        try:
            for entry in entries:
                size += 1
                if entry.index != size:
                    raise BadInput(f"the log jumps: entry {size} has index {entry.index}")
                leaf = leaf_hash(line(entry))
                leaves.append(leaf)
                chain = sha256(chain + leaf).digest()
        finally:
            self.chain = chain
            self.tree.extend(leaves)

    def checkpoint(self, time_ms: int) -> Checkpoint:
        """Of all there is so far."""
        return Checkpoint(self.origin, self.size, self.tree.root(self.size), self.chain, time_ms)


# --- checkpoints ---


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is signed: so many ballots, this root over them, the chain's last link, and when
    (milliseconds since 1970)."""

    origin: str
    size: int
    root: bytes
    chain: bytes
    time_ms: int

    def text(self) -> str:
        """The note's text, its last newline included: this is signed."""
        root = base64.b64encode(self.root).decode()
        return (
            f"{self.origin}\n{self.size}\n{root}\nchain {self.chain.hex()}\ntime {self.time_ms}\n"
        )


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A named Ed25519 public key, as signed notes write it."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:KEY_ID_BYTES]

    def text(self) -> str:
        public = base64.b64encode(ED25519 + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{public}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Raises BadInput."""
        parts = text.strip().split("+", 2)
        if len(parts) != 3 or not parts[0]:
            raise BadInput("a verifier key is name+id+key", where="key")
        public = _base64(parts[2], "key")
        key = cls(parts[0], public[1:])
        if public[:1] != ED25519 or len(public) != 1 + HASH_BYTES or key.id.hex() != parts[1]:
            raise BadInput("this is no Ed25519 verifier key, or its id is another's", where="key")
        return key


def sign_note(checkpoint: Checkpoint, key: VerifierKey, sign: Sign) -> str:
    """The checkpoint as a signed note."""
    text = checkpoint.text()
    signature = base64.b64encode(key.id + sign(text.encode())).decode()
    return f"{text}\n— {key.name} {signature}\n"


def open_note(note: str, key: VerifierKey, check: Check) -> Checkpoint:
    """The checkpoint in a note that this key signed. Raises BadInput."""
    return read_text(signed_text(note, key, check))


def signed_text(note: str, key: VerifierKey, check: Check) -> str:
    """The text of a note, once this key's signature on it was found right. Other keys' signatures
    are passed over, as the format wants it. Raises BadInput."""
    body, _, tail = note.rpartition("\n\n")
    text = f"{body}\n"
    signatures = [
        signed[KEY_ID_BYTES:]
        for name, signed in map(_signature, tail.removesuffix("\n").split("\n"))
        if name == key.name and signed[:KEY_ID_BYTES] == key.id
    ]
    if not signatures:
        raise BadInput(f"the note is not signed by {key.name}", where="note")
    if not all(
        len(signature) == SIGNATURE_BYTES and check(key.public, signature, text.encode())
        for signature in signatures
    ):
        raise BadInput("the signature is not right", where="note")
    return text


def read_text(text: str) -> Checkpoint:
    """The checkpoint of a note's text, whoever signed it. Raises BadInput; only the one way to
    write a checkpoint is taken."""
    lines = text.split("\n")
    try:
        origin, size, root, chain, time = lines[:5]
        found = Checkpoint(
            origin,
            int(size),
            _base64(root, "note"),
            bytes.fromhex(chain.removeprefix("chain ")),
            int(time.removeprefix("time ")),
        )
    except ValueError:
        raise BadInput("this is no checkpoint of livevote", where="note") from None
    if found.text() != text or len(found.root) != HASH_BYTES or len(found.chain) != HASH_BYTES:
        raise BadInput("this is no checkpoint of livevote", where="note")
    return found


def _signature(line: str) -> tuple[str, bytes]:
    """(key name, key id and signature) of a signature line."""
    dash, _, rest = line.partition(" ")
    name, _, signed = rest.partition(" ")
    if dash != "—" or not name:
        raise BadInput("a signature line is — name signature", where="note")
    return name, _base64(signed, "note")


def _base64(text: str, where: str) -> bytes:
    try:
        found = base64.b64decode(text, validate=True)
    except ValueError:
        found = b""
    # The last character may carry bits that nobody reads: only one spelling is taken.
    if not found or base64.b64encode(found).decode() != text:
        raise BadInput("this is not base64", where=where)
    return found
