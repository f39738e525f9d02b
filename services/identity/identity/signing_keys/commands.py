"""What can happen to signing keys."""

from datetime import datetime, timedelta

from joserfc.jwk import ECKey
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access.tokens import ALGORITHM, KEYS_RETRY_SECONDS
from chassis.database import uuid7
from identity.signing_keys import queries
from identity.signing_keys.models import SigningKey
from identity.signing_keys.tokens import Cipher

# Verifiers fetch the keys anew for a key they do not know, but not more often than this.
NOTICE = timedelta(seconds=2 * KEYS_RETRY_SECONDS)


async def create_first(session: AsyncSession, cipher: Cipher, *, at: datetime) -> None:
    """Make a key if there is none; raise Unavailable if there is one that cannot be decrypted."""
    newest = await queries.newest_key(session)
    if newest:
        cipher.decrypt(newest.private)
    else:
        session.add(_key(cipher, signs_from=at - NOTICE))  # the other replicas' clocks may be behind


async def rotate(session: AsyncSession, cipher: Cipher, *, at: datetime) -> SigningKey:
    """Make a key that is published now and signs in some seconds, when everybody can know it.

    The former one stays published until the last token that it signed has expired.
    """
    await queries.one_at_a_time(session)
    key = _key(cipher, signs_from=at + NOTICE)
    former = await queries.newest_key(session)
    if former:
        former.signs_until = key.signs_from
        await session.flush()
    session.add(key)
    return key


def _key(cipher: Cipher, *, signs_from: datetime) -> SigningKey:
    id = uuid7()
    pair = ECKey.generate_key("P-256", {"kid": str(id), "use": "sig", "alg": ALGORITHM})
    return SigningKey(
        id=id,
        public=dict(pair.as_dict(private=False)),
        private=cipher.encrypt(dict(pair.as_dict(private=True))),
        signs_from=signs_from,
    )
