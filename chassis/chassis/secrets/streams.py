"""Encrypting a stream of any length, so that no part of it can be changed, moved, or cut off."""

import struct
from collections.abc import Callable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis.errors import Invalid

PIECE = 1 << 20
_LENGTH = struct.Struct(">I")
_TAG = 16

Read = Callable[[int], bytes]


def encrypted(read: Read, key: bytes, header: bytes) -> Iterator[bytes]:
    """Yield the stream in encrypted pieces; the key must never be used for another stream."""
    cipher, number, piece = AESGCM(key), 0, read(PIECE)
    while True:
        following = read(PIECE) if piece else b""
        sealed = cipher.encrypt(_nonce(number, last=not following), piece, header)
        yield _LENGTH.pack(len(sealed)) + sealed
        if not following:
            return
        piece, number = following, number + 1


def sealed_size(size: int) -> int:
    """Return how many bytes `encrypted` makes of so many."""
    return size + max(1, -(-size // PIECE)) * (_LENGTH.size + _TAG)


def decrypted(read: Read, key: bytes, header: bytes) -> Iterator[bytes]:
    """Yield the stream as it was; raises Invalid at the first piece that is not."""
    cipher, number, last = AESGCM(key), 0, False
    while not last:
        length = read(_LENGTH.size)
        sealed = read(_LENGTH.unpack(length)[0]) if len(length) == _LENGTH.size else b""
        try:
            piece = cipher.decrypt(_nonce(number, last=False), sealed, header)
        except (InvalidTag, ValueError):
            try:
                piece, last = cipher.decrypt(_nonce(number, last=True), sealed, header), True
            except (InvalidTag, ValueError):
                raise Invalid("This stream was changed, or cut off; take another copy") from None
        yield piece
        number += 1
    if read(1):
        raise Invalid("This stream was changed: something was added to it; take another copy")


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
