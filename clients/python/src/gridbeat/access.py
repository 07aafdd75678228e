"""Where the NATS server is and how to log in to it: by the variables that the other processes of a run use (docs/nats.md)."""

from __future__ import annotations

import json
import os
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from .errors import ConfigurationError

DEFAULT_PORT = 4222
JOIN_KEY_LENGTH_MIN = 16


@dataclass(frozen=True)
class Access:
    """A NATS server and a login; `options` are those of nats.connect. It holds secrets and shows none."""

    servers: list[str]
    options: dict[str, Any] = field(repr=False, default_factory=dict)

    def __str__(self) -> str:
        return ",".join(self.servers)


def read_access(env: Mapping[str, str] = os.environ) -> Access:
    """The login that NATS_URL and the variables beside it say."""
    urls = [part.strip() for part in env.get("NATS_URL", "").split(",") if part.strip()]
    if not urls:
        raise ConfigurationError(
            "Cannot join a run: NATS_URL is not set; give nats://host:4222, or the id of a run of yours on this machine"
        )
    servers, logins, tls = [], [], False
    for url in urls:
        parsed = urlsplit(url if "://" in url else f"nats://{url}")
        if parsed.scheme not in ("nats", "tls") or not parsed.hostname:
            raise ConfigurationError(f'Cannot reach NATS_URL "{_shown(url)}": not a nats:// address')
        host = f"[{parsed.hostname}]" if ":" in parsed.hostname else parsed.hostname
        servers.append(f"{parsed.scheme}://{host}:{parsed.port or DEFAULT_PORT}")
        tls = tls or parsed.scheme == "tls"
        if parsed.username:
            logins.append(("the user in NATS_URL", _login(unquote(parsed.username), unquote(parsed.password or ""))))
    logins = logins[:1] + _env_logins(env)
    if len(logins) > 1:
        raise ConfigurationError(
            f"Cannot log in to the NATS server with both {logins[0][0]} and {logins[1][0]}: give one of them"
        )
    options = dict(logins[0][1]) if logins else {}
    context = _tls(_file(env, "NATS_CA"), _file(env, "NATS_CERT"), _file(env, "NATS_KEY"), tls)
    if context is not None:
        options["tls"] = context
    return Access(servers, options)


def read_run_access(run: str, env: Mapping[str, str] = os.environ) -> Access:
    """The login to the private server of a run that this user has started on this machine."""
    runtime = env.get("XDG_RUNTIME_DIR")
    folder = Path(runtime) / "gridbeat" if runtime else Path(tempfile.gettempdir()) / f"gridbeat-{os.getuid()}"
    try:
        nats = json.loads((folder / f"{run}.json").read_text())["nats"]
    except (OSError, ValueError, KeyError):
        raise ConfigurationError(f'Cannot reach the run "{run}": no run of this name goes on here') from None
    login, tls = nats["login"], nats["tls"]
    options = {
        "none": lambda: {},
        "password": lambda: {"user": login["user"], "password": login["password"]},
        "token": lambda: {"token": login["token"]},
        "nkey": lambda: {"nkeys_seed_str": login["seed"]},
        "creds": lambda: {"user_credentials": _Text(login["text"])},
    }[login["type"]]()
    scheme = "nats"
    if tls is not None:
        options["tls"] = _tls(tls["ca"], tls["cert"], tls["key"], True)
        scheme = "tls"
    return Access([f"{scheme}://{server}" for server in nats["servers"]], options)


def read_join_key(env: Mapping[str, str] = os.environ) -> str | None:
    """What workers and the runs that wait for them share; None where none is set."""
    key = _secret(env, "GRIDBEAT_JOIN_KEY")
    if key is not None and len(key) < JOIN_KEY_LENGTH_MIN:
        raise ConfigurationError(
            f"Cannot use GRIDBEAT_JOIN_KEY of {len(key)} characters: give at least {JOIN_KEY_LENGTH_MIN}, "
            "such as those of: openssl rand -hex 16"
        )
    return key


def _login(user: str, password: str) -> dict[str, Any]:
    return {"user": user, "password": password} if password else {"token": user}


def _env_logins(env: Mapping[str, str]) -> list[tuple[str, dict[str, Any]]]:
    user, password = env.get("NATS_USER") or None, _secret(env, "NATS_PASSWORD")
    token, seed = _secret(env, "NATS_TOKEN"), _secret(env, "NATS_NKEY_SEED")
    if (user is None) != (password is None):
        raise ConfigurationError("Cannot use one of NATS_USER and NATS_PASSWORD alone: give both, or NATS_TOKEN")
    logins: list[tuple[str, dict[str, Any]]] = []
    if user is not None:
        logins.append(("NATS_USER", {"user": user, "password": password}))
    if token is not None:
        logins.append(("NATS_TOKEN", {"token": token}))
    if seed is not None:
        logins.append(("NATS_NKEY_SEED", {"nkeys_seed_str": seed}))
    if env.get("NATS_CREDS"):
        logins.append(("NATS_CREDS", {"user_credentials": _Text(_text(env["NATS_CREDS"], "NATS_CREDS"))}))
    return logins


def _Text(text: str) -> Any:  # noqa: N802 (a kind of string that nats-py takes for contents, not for a path)
    from collections import UserString

    return UserString(text)


def _secret(env: Mapping[str, str], name: str) -> str | None:
    value, path = env.get(name) or None, env.get(f"{name}_FILE") or None
    if value is not None and path is not None:
        raise ConfigurationError(f"Cannot use both {name} and {name}_FILE: give one of them")
    return value if path is None else _text(path, f"{name}_FILE").strip()


def _file(env: Mapping[str, str], name: str) -> str | None:
    return _text(env[name], name) if env.get(name) else None


def _text(path: str, name: str) -> str:
    try:
        return Path(path).read_text()
    except OSError as error:
        raise ConfigurationError(f'Cannot read {name} "{path}": {error.strerror}') from None


def _tls(ca: str | None, cert: str | None, key: str | None, wanted: bool) -> ssl.SSLContext | None:
    if (cert is None) != (key is None):
        raise ConfigurationError("Cannot use one of NATS_CERT and NATS_KEY alone: give both")
    if ca is None and cert is None and not wanted:
        return None
    context = ssl.create_default_context(cadata=ca)
    if cert is not None and key is not None:
        # The module takes names of files only; these are gone once they are read.
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (("cert", cert), ("key", key)):
                path = Path(folder) / name
                path.touch(mode=0o600)
                path.write_text(text)
            context.load_cert_chain(Path(folder) / "cert", Path(folder) / "key")
    return context


def _shown(url: str) -> str:
    return url if "@" not in url else f"***@{url.rsplit('@', 1)[1]}"
