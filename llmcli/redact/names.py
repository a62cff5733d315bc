"""The names that secrets go by in code, configuration and chats, and the names that only look like it."""

from __future__ import annotations

from llmcli.redact.spans import compiled, joined, words

# A password is judged more leniently than a token: people choose short ones.
_PASSWORDS = (
    "mot de passe",
    *words(
        "password passwort passwd passphrase passcode kennwort pwd pgpass contraseña contrasena wachtwoord senha пароль"
        " 密码 パスワード pw pass"
    ),
)
_SHORT = frozenset({"pw", "pass", "pwd"})  # these only as words of their own
_KEYS = ("api", "access", "auth", "account", "private", "signing", "encryption", "master", "storage", "service")
_TOKENS = (
    *("secret", "token", "credential", "client-key-data", '"auth"', "'auth'"),
    *(f"{word}{gap}key" for word in _KEYS for gap in ("", "_", "-", " ")),
)
NAMES = (*((word, True) for word in _PASSWORDS), *((word, False) for word in _TOKENS))
"""In small letters, and whether it is a password's."""

# Words of a name that make it the name of something else: token_count, secretName, passwordless, next_page_token.
_HARMLESS_AFTER = frozenset(
    words("""
    s less ize izer izers ized izing er ing count len length size min max ttl expires expiry expiration expired type
    name names file path dir url uri env id ids algo algorithm header field param placeholder label hint policy reset
    enabled disabled required ref regex re pattern prefix suffix rotation scanning age timeout usage limit budget
    strength version arn region store manager provider endpoint bucket input form page link
    """)
)
_HARMLESS_BEFORE = frozenset(
    words(
        "page next max min num total stop eos bos pad unk sep cls mask special design continuation public input output"
    )
)


def is_name(lowered: str, at: int, word: str) -> bool:
    """Whether the `word` at `at` is one, and not a part of `compass` or `pwned`."""
    return word not in _SHORT or not joined(lowered, at, word)


def is_harmless(before: str, after: str) -> bool:
    """Whether what the name has before and after the word says that it holds no secret."""
    if not _HARMLESS_AFTER.isdisjoint(_words(after)):
        return True
    return not _HARMLESS_BEFORE.isdisjoint(_words(before)[-1:])


def _words(name: str) -> list[str]:
    """The words of a name in any style, in small letters: those of `MinLength` and `_min_length` are min and length."""
    return [word.lower() for word in compiled(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])").findall(name)]
