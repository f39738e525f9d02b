"""Encryption in transit: this process's certificate, and by which authority it checks its peers'."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

import asyncpg
import grpc
from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL, make_url

T = TypeVar("T")
Edition = tuple[tuple[int, int, int], ...]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tls:
    """What one process needs to talk to its peers encrypted; the files are read again when they change.

    With a client authority, only callers that show a certificate of it may call rpcs.
    """

    certificate: Path
    key: Path
    authority: Path
    client_authority: Path | None = None

    @property
    def edition(self) -> Edition:
        """What changes when a file does; raises OSError when one is missing."""
        files = filter(None, (self.certificate, self.key, self.authority, self.client_authority))
        return tuple((found.st_mtime_ns, found.st_ino, found.st_size) for found in map(Path.stat, files))


class TlsSettings(BaseSettings):
    """What a process talks encrypted with; nothing of it on one machine."""

    model_config = SettingsConfigDict(env_prefix="ROUNDEL_", frozen=True)

    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_ca: Path | None = Field(default=None, validate_default=True)
    tls_client_ca: Path | None = None

    @field_validator("tls_ca")
    @classmethod
    def _whole(cls, authority: Path | None, info: ValidationInfo) -> Path | None:
        if len({given is None for given in (authority, info.data["tls_cert"], info.data["tls_key"])}) > 1:
            raise ValueError("ROUNDEL_TLS_CERT, ROUNDEL_TLS_KEY and ROUNDEL_TLS_CA are given together")
        return authority

    @property
    def tls(self) -> Tls | None:
        """The certificate, its key and the authorities, if there are any."""
        if self.tls_cert is None or self.tls_key is None or self.tls_ca is None:
            return None
        return Tls(self.tls_cert, self.tls_key, self.tls_ca, self.tls_client_ca)


class _Renewed(Generic[T]):
    """What is made of the files of a certificate, made again when they change.

    Files that do not fit together are not used: one was written already, the other not yet.
    """

    def __init__(self, tls: Tls, make: Callable[[Tls], T]) -> None:
        self._tls, self._make = tls, make
        self._edition, self._made = tls.edition, make(tls)

    def newest(self) -> T:
        try:
            if (found := self._tls.edition) != self._edition:
                self._edition, self._made = found, self._make(self._tls)
                log.info("The certificate in %s was renewed", self._tls.certificate)
        except OSError as error:  # which an SSLError is, too
            log.warning("The former certificate stays in use, %s: %s", self._tls.certificate, error)
        return self._made

    def changed(self) -> Any:
        """Return the newest, or None when it is the last one still, which gRPC must not be given again."""
        last = self._made
        return found if (found := self.newest()) is not last else None


class _Context(ssl.SSLContext):
    """A context with which every connection begins with the newest certificates."""

    _renewed: _Renewed[ssl.SSLContext]

    @classmethod
    def of(cls, tls: Tls, make: Callable[[Tls], ssl.SSLContext]) -> "_Context":
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context._renewed = _Renewed(tls, make)
        return context

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """Begin a connection, as asyncio and uvloop do."""
        return self._renewed.newest().wrap_bio(incoming, outgoing, server_side, server_hostname, session)


def listening(tls: Tls | None) -> dict[str, Any]:
    """Return the options with which uvicorn serves HTTPS, none for plain HTTP."""
    return {"ssl_context_factory": lambda *_: _Context.of(tls, _showing)} if tls else {}


def asking(tls: Tls | None) -> ssl.SSLContext | None:
    """Return the context with which peers are asked: our authority's certificates and no other's."""
    return _Context.of(tls, _believing) if tls else None


def asking_anybody(tls: Tls) -> ssl.SSLContext:
    """Return the context for an issuer that may be a peer or outside: the system's authorities and ours."""
    return _Context.of(tls, _believing_anybody)


def _showing(tls: Tls) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tls.certificate, tls.key)
    return context


def _believing(tls: Tls) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=tls.authority)
    context.load_cert_chain(tls.certificate, tls.key)
    return context


def _believing_anybody(tls: Tls) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(tls.authority)
    return context


def serve_rpcs(server: grpc.aio.Server, address: str, tls: Tls | None) -> int:
    """Listen for rpcs and return the port."""
    if tls is None:
        return server.add_insecure_port(address)
    renewed: _Renewed[Any] = _Renewed(tls, _shown_to_callers)
    credentials = grpc.dynamic_ssl_server_credentials(
        renewed.newest(), renewed.changed, require_client_authentication=tls.client_authority is not None
    )
    return server.add_secure_port(address, credentials)


def _shown_to_callers(tls: Tls) -> grpc.ServerCertificateConfiguration:
    _showing(tls)  # raises when the files do not fit together, which gRPC would find out too late
    clients = tls.client_authority
    return grpc.ssl_server_certificate_configuration(
        [(tls.key.read_bytes(), tls.certificate.read_bytes())],
        root_certificates=clients.read_bytes() if clients else None,
    )


def open_channel(target: str, tls: Tls | None, **options: Any) -> grpc.aio.Channel:
    """Return a channel to a server that must show a certificate of our authority."""
    if tls is None:
        return grpc.aio.insecure_channel(target, **options)
    credentials = grpc.ssl_channel_credentials(
        tls.authority.read_bytes(), tls.key.read_bytes(), tls.certificate.read_bytes()
    )
    return grpc.aio.secure_channel(target, credentials, **options)


def _encrypted(given: SecretStr, info: ValidationInfo) -> SecretStr:
    """With an authority, demand the server's certificate and name, unless the URL says `sslmode` itself."""
    authority, url = info.data.get("tls_ca"), make_url(given.get_secret_value())
    if authority is None or "sslmode" in url.query:
        return given
    url = url.update_query_dict({"sslmode": "verify-full", "sslrootcert": str(authority)})
    return SecretStr(url.render_as_string(hide_password=False))


DatabaseUrl = Annotated[SecretStr, AfterValidator(_encrypted)]


def dsn(url: str | URL) -> str:
    """Return the URL as PostgreSQL's own programs and the driver read it, with `sslmode` and its like."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def connector(url: str | URL) -> Callable[[], Awaitable[Any]]:
    """Return what opens a connection for SQLAlchemy, which would not read `sslmode` in a URL."""
    words = dsn(url)
    return lambda: asyncio.ensure_future(asyncpg.connect(words))
