"""Keys and tokens that services give a shape of their own, and private key blocks.

The shapes are those that the services document or that gitleaks and GitHub's secret scanning look for (2025).
"""

from __future__ import annotations

from collections.abc import Iterator

from llmcli.redact.spans import compiled, places

# What a token begins with, and how it goes on. The beginning is searched for as plain text, which costs next to
# nothing; the expression is only tried where it stands.
_SHAPES: tuple[tuple[str, str], ...] = (
    ("AKIA", r"[A-Z0-9]{16}"),  # AWS access key id
    ("ASIA", r"[A-Z0-9]{16}"),  # AWS temporary access key id
    ("AIza", r"[\w\-]{35}"),  # Google API key
    ("ya29.", r"[\w\-]{20,512}"),  # Google OAuth access token
    ("GOCSPX-", r"[\w\-]{20,64}"),  # Google OAuth client secret
    ("ghp_", r"[A-Za-z0-9]{36,255}"),
    ("gho_", r"[A-Za-z0-9]{36,255}"),
    ("ghu_", r"[A-Za-z0-9]{36,255}"),
    ("ghs_", r"[A-Za-z0-9]{36,255}"),
    ("ghr_", r"[A-Za-z0-9]{36,255}"),
    ("github_pat_", r"\w{22,255}"),
    ("glpat-", r"[\w\-.]{20,255}"),
    ("gldt-", r"[\w\-]{20,255}"),
    ("glrt-", r"[\w\-.]{20,255}"),
    ("glptt-", r"[0-9a-f]{40}"),
    ("xox", r"[a-z](?:\.xox[a-z])?-[\w\-]{10,512}"),  # Slack: bots, users, refresh, …
    ("xapp-", r"\d-[\w\-]{10,512}"),
    ("sk-ant-", r"[\w\-]{20,512}"),  # Anthropic
    ("sk-proj-", r"[\w\-]{20,512}"),  # OpenAI
    ("sk-svcacct-", r"[\w\-]{20,512}"),
    ("sk-admin-", r"[\w\-]{20,512}"),
    ("sk-or-", r"[\w\-]{20,512}"),  # OpenRouter
    ("sk-", r"[A-Za-z0-9]{20,512}"),  # OpenAI's older keys, DeepSeek and others that copied them
    ("sk_live_", r"[A-Za-z0-9]{16,255}"),  # Stripe
    ("sk_test_", r"[A-Za-z0-9]{16,255}"),
    ("rk_live_", r"[A-Za-z0-9]{16,255}"),
    ("rk_test_", r"[A-Za-z0-9]{16,255}"),
    ("whsec_", r"[A-Za-z0-9+/=]{24,255}"),
    ("hf_", r"[A-Za-z0-9]{30,64}"),  # Hugging Face
    ("gsk_", r"[A-Za-z0-9]{40,64}"),  # Groq
    ("xai-", r"[A-Za-z0-9]{40,128}"),
    ("pplx-", r"[A-Za-z0-9]{40,64}"),
    ("r8_", r"[A-Za-z0-9]{37}"),  # Replicate
    ("npm_", r"[A-Za-z0-9]{36}"),
    ("pypi-", r"AgE[\w\-]{40,512}"),
    ("SG.", r"[\w\-]{16,32}\.[\w\-]{16,64}"),  # SendGrid
    ("AC", r"[0-9a-f]{32}"),  # Twilio account
    ("SK", r"[0-9a-f]{32}"),  # Twilio API key
    ("dop_v1_", r"[0-9a-f]{64}"),  # DigitalOcean
    ("shpat_", r"[0-9a-fA-F]{32}"),  # Shopify
    ("dapi", r"[0-9a-f]{32}"),  # Databricks
    ("hvs.", r"[\w\-]{20,255}"),  # HashiCorp Vault
    ("dckr_pat_", r"[\w\-]{20,64}"),
    ("ATATT3", r"[\w\-=]{20,255}"),  # Atlassian
    ("lin_api_", r"[A-Za-z0-9]{32,64}"),
    ("glsa_", r"\w{32,64}"),  # Grafana
    ("NRAK-", r"[A-Z0-9]{27}"),  # New Relic
    ("AGE-SECRET-KEY-1", r"[0-9A-Z]{58}"),
    # Private key blocks in base64, as in a kubeconfig; certificates begin alike, so the words after BEGIN are needed.
    (
        "LS0tLS1CRUdJTi",
        r"(?:BSU0EgUFJJVkFURS|BQUklWQVRFIEtFWS|BFQyBQUklWQVRF|BPUEVOU1NIIFBSSVZBVEUg)[A-Za-z0-9+/]{16,16384}={0,2}",
    ),
    # JSON Web Tokens: two base64 objects, which begin with {", and a signature that may be empty.
    ("eyJ", r"[\w\-]{8,4096}\.eyJ[\w\-]{4,16384}\.[\w\-]{0,2048}"),
)
# These are known by what stands before them, which is no part of the secret.
_BEHIND: tuple[tuple[str, str], ...] = (
    ("hooks.slack.com/services/", r"T\w{6,16}/B\w{6,16}/\w{16,64}"),
    ("discord.com/api/webhooks/", r"(?<=/)\d{15,22}/(?P<secret>[\w\-]{40,100})"),
    ("AccountKey=", r"[A-Za-z0-9+/]{40,128}={0,2}"),  # Azure storage
    ("SharedAccessKey=", r"[A-Za-z0-9+/]{30,128}={0,2}"),  # Azure service bus
    ("&sig=", r"[A-Za-z0-9%+/\-_]{30,128}={0,2}"),  # Azure shared access signature
    ("?sig=", r"[A-Za-z0-9%+/\-_]{30,128}={0,2}"),
)
_EDGE = r"(?:(?<![0-9A-Za-z_\-])|(?<=\\[nrt]))"
_TELEGRAM = r"(?<![0-9A-Za-z_:])\d{8,10}:AA[\w\-]{33}(?![\w\-])"

_BLOCK_BEGIN = r"-----BEGIN (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)?-----"
# Every scan ends at the next five dashes, where the next block begins at the earliest: the time stays linear.
# No possessive group: Python 3.11.2 gets them wrong.
_BLOCK_REST = r"(?P<body>[^-]*(?:-(?!----)[^-]*)*)-----END (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)?-----"
_BLOCK_TORN = r"(?:(?:\s|\\[nr])*[A-Za-z0-9+/=]{24,})+"  # the end is missing: all lines that look like the key
_ANY_KEY_LINE = r"[A-Za-z0-9+/=]{16}"


def find_tokens(text: str) -> Iterator[tuple[int, int]]:
    for beginning, rest in _SHAPES:
        shape = _EDGE + beginning.replace(".", r"\.") + rest + r"(?![A-Za-z0-9])"
        for at in places(text, beginning):
            found = compiled(shape).match(text, at)
            if found:
                yield found.span()
    for before, rest in _BEHIND:
        for at in places(text, before):
            found = compiled(rest).match(text, at + len(before))
            if found:
                yield found.span("secret" if "secret" in found.groupdict() else 0)
    if ":AA" in text:
        for found in compiled(_TELEGRAM).finditer(text):
            yield found.span()


def find_private_keys(text: str) -> Iterator[tuple[int, int]]:
    """Private key blocks from the first dash to the last; a block without its end as far as the key goes."""
    for begin in compiled(_BLOCK_BEGIN).finditer(text):
        whole = compiled(_BLOCK_REST).match(text, begin.end())
        if whole and compiled(_ANY_KEY_LINE).search(whole["body"]):
            yield begin.start(), whole.end()
        elif not whole:
            torn = compiled(_BLOCK_TORN).match(text, begin.end())
            if torn:
                yield begin.start(), torn.end()
