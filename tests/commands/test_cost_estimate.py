"""`llmcli cost estimate`: what calls will cost, against figures worked out by hand.

claude-haiku-5-5 is 0.10 USD per million tokens in and 0.50 out (five times that above 100,000 in), 0.01 to read its
cache, 0.125 and 0.20 to write it for five minutes and an hour; gpt-6-luna is the same below 272,000 but for the hour.
An estimate takes five letters for a token of gpt-6-luna's, and that for 1.5 of claude-haiku-5-5's; 7 are around them.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from llmcli.tokens import estimate_text

from ..chat.conftest import UseSim, use_sim  # noqa: F401 - fixtures
from ..helpers import Completed, RunLlmcli, Trap
from ..sim.conftest import start_sim  # noqa: F401 - a fixture
from ..sim.helpers import StartSim
from ..test_architecture import STARTUP_BAN, modules_imported_by

HAIKU, LUNA = "claude-haiku-5-5", "gpt-6-luna"
OWN = '[providers.local]\nbase_url = "http://x/v1"\nkey_env = ""\n[prices."local/llama"]\ninput = "2"\noutput = "10"\n'


@pytest.fixture
def estimate(run_here: RunLlmcli) -> RunLlmcli:
    """Run `llmcli cost estimate ARGS`."""

    def run(*args: str, **more: Any) -> Completed:
        return run_here("cost", "estimate", *args, **more)

    return run


def model(done: Completed, number: int = 0) -> dict[str, Any]:
    """One model's part of the JSON."""
    found: dict[str, Any] = done.json["models"][number]
    return found


def table(done: Completed) -> list[list[str]]:
    """The table's lines as cells, without the head."""
    return [line.split() for line in done.out.splitlines()[1:]]


class TestTokens:
    """With `--input-tokens`."""

    def test_a_call_a_day_and_a_month(self, estimate: RunLlmcli) -> None:
        """1,200 in and 300 out: 0.00012 + 0.00015 USD."""
        tokens = ("--input-tokens", "1200", "--output-tokens", "300")
        done = estimate("-m", HAIKU, *tokens, "--calls", "1000", "--per", "day", "--json")
        assert (done.code, done.err) == (0, "")
        assert model(done)["standard"] == {
            "usd_per_call": "0.00027",
            "usd_all_calls": "0.27",
            "usd_per_day": "0.27",
            "usd_per_month": "8.1",
        }
        assert model(done)["batch"]["usd_per_month"] == "4.05"
        assert (done.json["calls"], done.json["per"]) == (1000, "day")

    def test_any_number_has_a_price(self, estimate: RunLlmcli) -> None:
        """1e30 tokens of 0.50 USD per million, above 100,000 in."""
        done = estimate("-m", HAIKU, "--input-tokens", f"{10**30}", "--output-tokens", "0", "--per", "month", "--json")
        assert Decimal(model(done)["standard"]["usd_per_call"]) == Decimal("5e23")
        assert done.code == 0

    @pytest.mark.parametrize(
        ("per", "day", "month"), [("hour", "24", "720"), ("day", "1", "30"), ("month", "0.033333333333", "1")]
    )
    def test_periods(self, estimate: RunLlmcli, per: str, day: str, month: str) -> None:
        """Ten calls that write 200,000 tokens are 1 USD in each period; a month has 30 days."""
        done = estimate(
            "-m", HAIKU, "--input-tokens", "0", "--output-tokens", "200000", "--calls", "10", "--per", per, "--json"
        )
        assert (model(done)["standard"]["usd_per_day"], model(done)["standard"]["usd_per_month"]) == (day, month)

    def test_without_a_period_there_is_no_day(self, estimate: RunLlmcli) -> None:
        done = estimate("-m", HAIKU, "--input-tokens", "10", "--calls", "2", "--json")
        assert model(done)["standard"]["usd_per_day"] is None
        assert "$/DAY" not in estimate("-m", HAIKU, "--input-tokens", "10", "--calls", "2").out

    def test_long_input_is_dearer(self, estimate: RunLlmcli) -> None:
        done = estimate("-m", HAIKU, "--input-tokens", "100001", "--output-tokens", "0", "--json")
        assert model(done)["standard"]["usd_per_call"] == "0.0500005"

    def test_models_stand_below_each_other_in_aligned_columns(self, estimate: RunLlmcli) -> None:
        done = estimate("-m", HAIKU, "-m", "claude-opus-5-5", "--input-tokens", "1000", "--output-tokens", "100")
        assert done.out.splitlines() == [
            "MODEL             TERMS     TOKENS IN  TOKENS OUT    $/CALL",
            "claude-haiku-5-5  standard      1,000         100  0.000150",
            "claude-haiku-5-5  batch         1,000         100  0.000075",
            "claude-opus-5-5   standard      1,000         100  0.006000",
            "claude-opus-5-5   batch         1,000         100  0.003000",
        ]

    def test_without_a_model_the_default_of_each_vendor_is_compared(self, estimate: RunLlmcli) -> None:
        done = estimate("--input-tokens", "1000", "--json")
        assert [each["model"] for each in done.json["models"]] == [HAIKU, LUNA]

    def test_the_model_of_the_settings_is_taken(self, estimate: RunLlmcli) -> None:
        done = estimate("--input-tokens", "1000", "--json", env={"LLMCLI_MODEL": "sim"})
        assert [each["model"] for each in done.json["models"]] == ["sim"]
        assert model(done)["standard"]["usd_per_call"] == "0"

    def test_an_answer_is_as_long_as_it_may_be_unless_said(self, estimate: RunLlmcli) -> None:
        done = estimate("-m", HAIKU, "--input-tokens", "0", "--max-tokens", "1000", "--json")
        assert done.json["output_tokens"] == {"count": 1000, "method": "max_tokens"}
        assert model(done)["standard"]["usd_per_call"] == "0.0005"
        assert "1,000 tokens" in done.err
        assert table(estimate("-m", HAIKU, "--input-tokens", "0"))[0][3] == "<=4,096"

    def test_the_worst_case_has_every_token_written_to_the_cache(self, estimate: RunLlmcli) -> None:
        tokens = ("--input-tokens", "1000", "--output-tokens", "0", "--json")
        assert model(estimate("-m", HAIKU, *tokens))["worst_case_usd_per_call"] == "0.0001"
        assert model(estimate("-m", HAIKU, *tokens, "--cache", "1h"))["worst_case_usd_per_call"] == "0.0002"
        assert model(estimate("-m", LUNA, *tokens))["worst_case_usd_per_call"] == "0.000125"


class TestCaching:
    """Written once, read by all calls after the first."""

    ARGS = ("-m", HAIKU, "--input-tokens", "11000", "--output-tokens", "0", "--cached-tokens", "10000", "--json")

    @pytest.mark.parametrize(("ttl", "write"), [("5m", "0.125"), ("1h", "0.20")])
    def test_written_once_read_by_the_others(self, estimate: RunLlmcli, ttl: str, write: str) -> None:
        done = estimate(*self.ARGS, "--calls", "10", "--cache", ttl)
        fresh = 10 * 1_000 * Decimal("0.10")
        expected = (fresh + 10_000 * Decimal(write) + 9 * 10_000 * Decimal("0.01")) / 1_000_000
        assert Decimal(model(done)["cached"]["usd_all_calls"]) == expected
        assert model(done)["cached_tokens"] == {"count": 10000, "exact": True, "method": "given"}

    def test_one_call_only_writes(self, estimate: RunLlmcli) -> None:
        assert model(estimate(*self.ARGS))["cached"]["usd_per_call"] == "0.00135"

    def test_nothing_shared_nothing_cached(self, estimate: RunLlmcli) -> None:
        assert model(estimate("-m", HAIKU, "--input-tokens", "9", "--calls", "5", "--json"))["cached"] is None

    def test_calls_too_far_apart_for_the_cache_are_told(self, estimate: RunLlmcli) -> None:
        done = estimate(*self.ARGS, "--calls", "100", "--per", "day")
        assert "14 minutes apart: a cache of 5m would be gone" in done.err
        assert "would be gone" not in estimate(*self.ARGS, "--calls", "100", "--per", "day", "--cache", "1h").err

    def test_more_cached_than_sent_is_a_usage_error(self, estimate: RunLlmcli) -> None:
        done = estimate("-m", HAIKU, "--input-tokens", "10", "--cached-tokens", "11")
        assert (done.code, done.out) == (2, "")
        assert "--cached-tokens 11 is more than --input-tokens 10" in done.err


class TestPrompt:
    """With a prompt, as `ask` would send it."""

    def test_without_a_key_it_is_estimated_and_said(self, estimate: RunLlmcli) -> None:
        done = estimate("-n", "-m", HAIKU, "x" * 310, "--output-tokens", "0", "--json")
        assert model(done)["input_tokens"] == {"count": 100, "exact": False, "method": "estimated"}
        assert model(done)["standard"]["usd_per_call"] == "0.00001"
        assert "estimated: no key for anthropic" in done.err
        assert table(estimate("-n", "-m", HAIKU, "x" * 310))[0][2] == "~100"
        assert table(estimate("-n", "-m", LUNA, "x" * 310))[0][2] == "~69"

    def test_stdin_files_and_system_text_count(self, estimate: RunLlmcli, isolated: Path) -> None:
        (isolated / "notes.txt").write_text("n" * 5000)
        alone = model(estimate("-m", LUNA, "--json", input=b"p" * 465))["input_tokens"]["count"]
        args = ("-m", LUNA, "-s", "s" * 1000, "-f", "notes.txt", "--calls", "3", "--json")
        done = estimate(*args, input=b"p" * 465)
        assert alone == 100
        assert model(done)["input_tokens"]["count"] >= 100 + 200 + 1000
        # What is piped differs from call to call; system text and files are shared.
        assert model(done)["cached_tokens"]["count"] == model(done)["input_tokens"]["count"] - 93
        assert model(done)["cached_tokens"]["exact"] is False

    def test_a_prompt_alone_shares_nothing(self, estimate: RunLlmcli) -> None:
        done = estimate("-m", LUNA, "--calls", "10", "--json", "another each time")
        assert (model(done)["cached"], model(done)["cached_tokens"]) == (None, None)

    @pytest.mark.parametrize("name", [HAIKU, LUNA])
    def test_with_a_key_the_provider_counts(
        self,
        estimate: RunLlmcli,
        start_sim: StartSim,  # noqa: F811 - a fixture
        use_sim: UseSim,  # noqa: F811 - a fixture
        name: str,
    ) -> None:
        use_sim(start_sim())
        done = estimate("-n", "-m", name, "a few words to be counted", "--json")
        assert (done.code, model(done)["input_tokens"]["method"]) == (0, "counted")
        assert "estimated" not in done.err

    def test_a_counter_that_fails_leaves_an_estimate(
        self,
        estimate: RunLlmcli,
        start_sim: StartSim,  # noqa: F811 - a fixture
        use_sim: UseSim,  # noqa: F811 - a fixture
    ) -> None:
        use_sim(start_sim(api_key="another-key"))
        done = estimate("-n", "-m", HAIKU, "hello", "--json")
        assert (done.code, model(done)["input_tokens"]["method"]) == (0, "estimated")
        assert "estimated: " in done.err

    def test_without_a_key_nothing_is_sent(self, estimate: RunLlmcli, trap: Trap, user_config: Path) -> None:
        user_config.write_text(f'[providers.anthropic]\nbase_url = "{trap.url}"\n')
        assert estimate("-n", "-m", HAIKU, "hello").code == 0
        assert trap.received == []

    def test_longer_input_than_allowed_is_refused_or_cut_as_ask_does(self, estimate: RunLlmcli) -> None:
        args = ("-n", "-m", HAIKU, "word " * 1000, "--max-input-tokens", "100")
        assert estimate(*args).code == 11
        assert model(estimate(*args, "--on-overflow", "head", "--json"))["input_tokens"]["count"] <= 100

    def test_an_empty_prompt_is_a_usage_error(self, estimate: RunLlmcli) -> None:
        assert (estimate("-m", HAIKU).code, estimate("-m", HAIKU).out) == (2, "")


class TestRows:
    """With `--rows`: a call for each."""

    def rows(self, folder: Path, *rows: object) -> str:
        file = folder / "rows.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return str(file)

    def test_every_row_is_priced_by_its_own_length(self, estimate: RunLlmcli, isolated: Path) -> None:
        """One row of 50,001 tokens at 0.10 and one of 150,001 at 0.50: not two of 100,001."""
        file = self.rows(isolated, {"prompt": "x" * 166_645}, {"prompt": "x" * 499_980})
        done = estimate("-m", HAIKU, "--rows", file, "--output-tokens", "0", "--json")
        assert model(done)["standard"]["usd_all_calls"] == "0.0800006"
        assert model(done)["standard"]["usd_per_call"] == "0.0400003"
        assert (done.json["rows"], done.json["calls"]) == (2, 2)
        assert model(done)["input_tokens"] == {"count": 200_002, "exact": False, "method": "estimated"}

    def test_rows_are_those_that_batch_reads(self, estimate: RunLlmcli, isolated: Path) -> None:
        """Prompts, messages, the vendors' batch files; 100 tokens and what is around them in each."""
        said = [{"role": "user", "content": "m" * 500}]
        body = {"model": LUNA, "messages": said, "max_completion_tokens": 90}
        openai = {"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": body}
        anthropic = {"custom_id": "b", "params": {"model": HAIKU, "max_tokens": 10, "messages": said}}
        file = self.rows(isolated, {"prompt": "p" * 500, "id": "i" * 999}, {"messages": said}, openai, anthropic)
        done = estimate("-m", LUNA, "--rows", file, "--max-tokens", "100", "--json")
        assert (done.code, model(done)["input_tokens"]["count"]) == (0, 4 * 107)
        assert "2 rows name a model of their own" in done.err

    @pytest.mark.parametrize("name", [HAIKU, LUNA])
    def test_a_dry_run_of_batch_counts_the_same(self, run_here: RunLlmcli, isolated: Path, name: str) -> None:
        file = self.rows(isolated, {"prompt": "x" * 1000}, {"prompt": "y" * 3000, "max_tokens": 9})
        estimated = model(run_here("cost", "estimate", "--rows", file, "-m", name, "--json"))
        dry = run_here("batch", file, "-m", name, "--dry-run", "--json").json
        assert dry["input_tokens"] == estimated["input_tokens"]["count"]
        assert dry["live_usd"]["most"] == estimated["standard"]["usd_all_calls"]

    def test_an_answer_is_as_long_as_its_row_allows(self, estimate: RunLlmcli, isolated: Path) -> None:
        """600 and 1,000 tokens at 0.50; twice 9 tokens in at 0.10."""
        file = self.rows(isolated, {"prompt": "x" * 10, "max_tokens": 600}, {"prompt": "x" * 10})
        done = estimate("-m", LUNA, "--rows", file, "--max-tokens", "1000", "--json")
        assert model(done)["standard"]["usd_all_calls"] == "0.0008018"
        assert done.json["output_tokens"] == {"count": 800, "method": "max_tokens"}
        assert model(done)["worst_case_usd_per_call"] == "0.000501125"  # 9 written to the cache at 0.125
        given = estimate("-m", LUNA, "--rows", file, "--output-tokens", "100", "--json")
        assert model(given)["standard"]["usd_all_calls"] == "0.0001018"

    def test_a_template_is_filled_from_the_row(self, estimate: RunLlmcli, isolated: Path) -> None:
        """As batch does it: a field of a field, a brace as such."""
        file = self.rows(isolated, {"a": {"b": "x" * 36}, "n": 1234})
        done = estimate("-m", LUNA, "--rows", file, "-p", "{a.b}{n}{{", "--json")
        assert model(done)["input_tokens"]["count"] == 7 + estimate_text("x" * 36 + "1234{")

    @pytest.mark.parametrize(
        ("name", "content", "arguments"),
        [
            ("rows.csv", "prompt\n" + "x" * 500 + "\n" + "x" * 500 + "\n", ()),
            ("rows.txt", "x" * 500 + "\n" + "x" * 500 + "\n", ("--lines",)),
            ("rows.txt", "a\tb\n" + "x" * 250 + "\t1\n" + "x" * 250 + "\t2\n", ("--format", "tsv", "-p", "{a}{a}")),
            ("-", "x" * 500 + "\n" + "x" * 500 + "\n", ("--lines",)),
        ],
        ids=["csv", "lines", "tsv", "stdin"],
    )
    def test_tables_lines_and_stdin(
        self, estimate: RunLlmcli, isolated: Path, name: str, content: str, arguments: tuple[str, ...]
    ) -> None:
        if name != "-":
            (isolated / name).write_text(content)
        done = estimate("-m", LUNA, "--rows", name, *arguments, "--json", input=content.encode())
        assert (done.code, done.json["rows"], model(done)["input_tokens"]["count"]) == (0, 2, 214)

    def test_the_file_several_times_a_day_with_shared_system_text(self, estimate: RunLlmcli, isolated: Path) -> None:
        """2 rows, twice a day: 1,007 tokens of system text written once and read three times, 104 fresh in each."""
        file = self.rows(isolated, {"prompt": "x" * 500}, {"prompt": "y" * 500})
        args = ("--rows", file, "-s", "s" * 5000, "--calls", "2", "--per", "day", "--output-tokens", "0", "--json")
        done = estimate("-m", LUNA, *args)
        assert done.json["calls"] == 4
        assert model(done)["standard"]["usd_per_day"] == "0.0004444"  # 4 x 1,111 x 0.10
        expected = (4 * 104 * Decimal("0.10") + 1_007 * Decimal("0.125") + 3 * 1_007 * Decimal("0.01")) / 1_000_000
        assert Decimal(model(done)["cached"]["usd_per_day"]) == expected

    def test_where_a_row_has_its_own_system_text_nothing_is_shared(self, estimate: RunLlmcli, isolated: Path) -> None:
        file = self.rows(isolated, {"prompt": "x"}, {"prompt": "y", "system": "short"})
        done = estimate("-m", LUNA, "--rows", file, "-s", "s" * 5000, "--json")
        assert model(done)["cached"] is None
        assert model(done)["input_tokens"]["count"] < 2 * 1000

    @pytest.mark.parametrize(
        ("content", "arguments", "said"),
        [
            ('{"prompt": "a"}\n{\n', (), "rows.jsonl, line 2: not JSON"),
            ('{"a": 1}\n\n{"b": 2}\n', ("-p", "{a}"), 'line 3: no field "a" (its fields: b): check the prompt\n'),
            ('{"a": 1}\n', ("-p", "a"), "the prompt names no field"),
            ('{"question": "why?"}\n', (), 'line 1: neither "prompt" nor "messages"'),
            ("\n", (), "has no rows"),
            ('"\xff"\n', (), "line 1: not UTF-8"),
            (None, (), "cannot read"),
        ],
    )
    def test_what_cannot_be_read_is_a_usage_error(
        self, estimate: RunLlmcli, isolated: Path, content: str | None, arguments: tuple[str, ...], said: str
    ) -> None:
        if content is not None:
            (isolated / "rows.jsonl").write_bytes(content.encode("latin-1"))
        done = estimate("-m", HAIKU, "--rows", "rows.jsonl", *arguments)
        assert (done.code, done.out) == (2, "")
        assert said in done.err


class TestUnknown:
    """Models without a price."""

    ARGS = ("--input-tokens", "1000", "--output-tokens", "100")

    def test_unknown_is_a_word_and_null_never_zero(self, estimate: RunLlmcli) -> None:
        done = estimate("-m", "gpt-9-luna", "-m", HAIKU, *self.ARGS, "--json")
        assert done.code == 0
        assert model(done)["prices"] is None
        assert set(model(done)["standard"].values()) == {None}
        assert model(done, 1)["standard"]["usd_per_call"] == "0.00015"
        assert "no price is known for gpt-9-luna" in done.err
        [first, *_] = table(estimate("-m", "gpt-9-luna", "-m", HAIKU, *self.ARGS))
        assert first[4:] == ["unknown"]

    @pytest.mark.parametrize("form", [(), ("--json",)])
    def test_if_no_price_is_known_at_all_the_run_has_failed(self, estimate: RunLlmcli, form: tuple[str, ...]) -> None:
        done = estimate("-m", "gpt-9-luna", *self.ARGS, *form, "-q")
        assert done.code == 3
        assert done.err.startswith('llmcli: no price is known for gpt-9-luna: set input and output in [prices."gpt-9')
        assert "unknown" in done.out or model(done)["standard"]["usd_per_call"] is None

    def test_a_model_without_a_published_batch_price(self, estimate: RunLlmcli) -> None:
        done = estimate("-m", "claude-3-haiku", *self.ARGS, "--json")
        assert model(done)["standard"]["usd_per_call"] == "0.000375"
        assert model(done)["batch"]["usd_per_call"] is None

    def test_an_own_price(self, estimate: RunLlmcli, isolated: Path) -> None:
        (isolated / "llmcli.toml").write_text(OWN)
        done = estimate("-m", "local/llama", *self.ARGS, "--json")
        assert model(done)["standard"]["usd_per_call"] == "0.003"
        assert model(done)["prices"] == "config"

    def test_a_name_that_means_nothing_is_a_config_error(self, estimate: RunLlmcli) -> None:
        done = estimate("-m", "nonsense", *self.ARGS, "--json")
        assert (done.code, done.json["error"]["class"]) == (3, "config")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--input-tokens", "1", "and a prompt"),
        ("--input-tokens", "1", "-s", "system"),
        ("--input-tokens", "1", "--rows", "rows.jsonl"),
        ("--rows", "rows.jsonl", "and a prompt"),
        ("--rows", "rows.jsonl", "--tool", "t.json"),
        ("--lines", "prompt"),
        ("-p", "{a}", "prompt"),
        ("--redact-only", "--redact", "email", "prompt"),
        ("--calls", "0", "--input-tokens", "1"),
    ],
    ids=" ".join,
)
def test_options_that_contradict_each_other_are_a_usage_error(estimate: RunLlmcli, arguments: tuple[str, ...]) -> None:
    done = estimate("-n", "-m", HAIKU, *arguments)
    assert (done.code, done.out) == (2, "")


def test_what_is_hidden_before_sending_is_not_counted(estimate: RunLlmcli) -> None:
    text = f"write to {'a' * 50}@{'b' * 50}.example.com"
    plain = model(estimate("-n", "-m", HAIKU, text, "--json"))["input_tokens"]["count"]
    hidden = model(estimate("-n", "-m", HAIKU, text, "--json", "--redact", "email"))["input_tokens"]["count"]
    assert hidden < plain


@pytest.mark.parametrize(
    ("arguments", "banned"),
    [
        (("cost", "--help"), (*STARTUP_BAN, "asyncio", "pydantic", "genai_prices")),
        (("cost", "estimate", "--help"), (*STARTUP_BAN, "asyncio", "pydantic", "genai_prices")),
        (("cost", "estimate", "--input-tokens", "9"), (*STARTUP_BAN, "asyncio")),
        (("cost", "prices"), (*STARTUP_BAN, "asyncio")),
    ],
    ids=" ".join,
)
def test_what_needs_no_network_imports_none(
    tmp_path: Path, arguments: tuple[str, ...], banned: tuple[str, ...]
) -> None:
    assert modules_imported_by(tmp_path, list(arguments)) & set(banned) == set()
