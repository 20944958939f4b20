"""Statements of Shenoy and Kiely, of Bahdanau, and of Anthony, Biderman and Schoelkopf."""

from __future__ import annotations

from typing import Final

from hwmath.transformers.statement import Author, Statement
from hwmath.transformers.worked import anthony, bahdanau, shenoy, value_of

SHENOY: Final = Author("Shenoy and Kiely")
BAHDANAU: Final = Author("Bahdanau")
ANTHONY: Final = Author("Anthony, Biderman and Schoelkopf")

STEP: Final = (
    'decode_step(model("llama-2-7b"), shenoy_gpu("{}"), 1, shenoy("prompt_tokens"), '
    "assumptions=shenoy_off()).lower_bound_s"
)
PREFILL: Final = (
    'prefill_step(model("llama-2-7b"), shenoy_gpu("{}"), 1, shenoy("prompt_tokens"), '
    "assumptions=shenoy_off()).lower_bound_s"
)
TOTAL: Final = (
    'request_lower_bound_s(model("llama-2-7b"), shenoy_gpu("{}"), 1, shenoy("prompt_tokens"), '
    'shenoy("completion_tokens"), assumptions=shenoy_off())'
)
DAYS: Final = (
    'bahdanau("flop_per_weight") * bahdanau("parameters") * bahdanau("tokens") '
    '/ (bahdanau("chips") * bahdanau("a100_peak")) / (24 * SECONDS_PER_HOUR)'
)


def statements() -> list[Statement]:
    """Their statements, in the order of the pages.

    Raises: nothing.
    Source: Shenoy and Kiely 2023; Bahdanau 2022; Anthony et al. 2023.
    Derived in: transformers, "The hunt".
    """
    return [*_intensity(), *_times(), *_bahdanau(), *_anthony()]


def _intensity() -> list[Statement]:
    return [
        SHENOY.holds(
            "shenoy-ratio",
            f"An A10 does {shenoy('a10_ratio')} operations in the time of one byte.",
            shenoy("a10_ratio"),
            "FLOP/B",
            'shenoy("a10_peak") / shenoy("a10_bandwidth")',
            "125 TFLOP/s over 600 GB/s.",
        ),
        SHENOY.slips(
            "shenoy-intensity",
            "While Llama-2-7B makes one token after the other, its attention does "
            f"{shenoy('attention_intensity'):.0f} operations for each byte it moves.",
            shenoy("attention_intensity"),
            "FLOP/B",
            'forward_flop_by_term(model("llama-2-7b"), decode(1, shenoy("attention_tokens") - 1))'
            '["scores and values"] / kv_bytes(model("llama-2-7b"), 1, shenoy("attention_tokens"))',
            "62 is right for reading a prompt of 4096 tokens with the matrix of scores written "
            "out. One token at a time has one row of scores: 4 N d operations for the 4 N d bytes "
            "of keys and values, one each. That this phase waits for memory holds all the more.",
        ),
        SHENOY.holds(
            "shenoy-kv-bytes",
            f"A token of Llama-2-7B takes {shenoy('kv_bytes'):,.0f} bytes of cache.",
            shenoy("kv_bytes"),
            "B",
            'kv_bytes_per_token(model("llama-2-7b"))',
            "A key and a value of 4096 numbers of two bytes, in 32 layers.",
        ),
        SHENOY.holds(
            "shenoy-batch",
            f"Beside the weights, an A10 holds the caches of {shenoy('batch'):.0f} texts of 4096 "
            "tokens.",
            shenoy("batch"),
            "sequences",
            'largest_batch(model("llama-2-7b"), shenoy_gpu("a10"), shenoy("attention_tokens"), '
            "assumptions=shenoy_off())",
            "10 GB over 4096 times 524,288 bytes is 4.66; whole texts are counted.",
        ),
    ]


def _times() -> list[Statement]:
    exact, total = value_of(STEP.format("a100")), value_of(TOTAL.format("a100"))
    t4 = value_of(STEP.format("t4"))
    return [
        SHENOY.holds(
            "shenoy-a10-token",
            f"A token takes {shenoy('a10_token_s') * 1e3:.0f} ms on an A10.",
            shenoy("a10_token_s"),
            "s",
            STEP.format("a10"),
            f"14 GB over 600 GB/s: {value_of(STEP.format('a10')) * 1e3:.1f} ms.",
        ),
        SHENOY.slips(
            "shenoy-a100-token",
            f"A token takes {shenoy('a100_token_s') * 1e3:.0f} ms on an A100 of 2039 GB/s.",
            shenoy("a100_token_s"),
            "s",
            STEP.format("a100"),
            f"14 GB over 2039 GB/s is {exact * 1e3:.2f} ms: what follows the point was cut off.",
        ),
        SHENOY.slips(
            "shenoy-faster",
            f"For a token, that A100 is {shenoy('a100_over_t4'):.0f} times as fast as a T4.",
            shenoy("a100_over_t4"),
            "times",
            f"{STEP.format('t4')} / {STEP.format('a100')}",
            f"{t4 * 1e3:.1f} ms over {exact * 1e3:.2f} ms is {t4 / exact:.1f}, as 2039 over 300 "
            "GB/s is. The cut-off 6 ms make it 8.",
        ),
        SHENOY.holds(
            "shenoy-prefill",
            f"A prompt of 350 tokens takes {shenoy('a100_prefill_s') * 1e3:.0f} ms there.",
            shenoy("a100_prefill_s"),
            "s",
            PREFILL.format("a100"),
            "350 times 14 GFLOP over 312 TFLOP/s. (The formula line lacks the two FLOP a weight "
            "that the number has.)",
        ),
        SHENOY.slips(
            "shenoy-total",
            f"With 150 tokens of answer, all of it takes {shenoy('a100_total_s')} s.",
            shenoy("a100_total_s"),
            "s",
            TOTAL.format("a100"),
            f"150 times {exact * 1e3:.2f} ms and the prompt are {total:.2f} s; 150 times 6 ms give "
            f"{shenoy('a100_total_s')} s, {1 - shenoy('a100_total_s') / total:.0%} less.",
        ),
    ]


def _bahdanau() -> list[Statement]:
    return [
        BAHDANAU.holds(
            "bahdanau-days",
            "82 billion parameters and 150 billion tokens take 1024 A100 at their peak "
            f"{bahdanau('ideal_days')} days.",
            bahdanau("ideal_days"),
            "days",
            DAYS,
            "Six FLOP for each weight and token.",
        ),
        BAHDANAU.holds(
            "bahdanau-slower",
            f"The {bahdanau('reported_days')} days that are reported are {bahdanau('slower'):.0f} "
            "times as long.",
            bahdanau("slower"),
            "times",
            f'bahdanau("reported_days") / ({DAYS})',
            f"{value_of(DAYS) / bahdanau('reported_days'):.0%} of the peak: an estimate of the "
            "model's own paper, quoted as such.",
        ),
    ]


def _anthony() -> list[Statement]:
    return [
        ANTHONY.holds(
            "anthony-pf-day",
            f"A PetaFLOP/s-day is {anthony('pf_day'):.3g} FLOP.",
            anthony("pf_day"),
            "FLOP",
            "TERA * KILO * 24 * SECONDS_PER_HOUR",
            "10¹⁵ a second for 86,400 s.",
        ),
        ANTHONY.holds(
            "anthony-adamw",
            f"AdamW keeps {anthony('adamw_bytes'):.0f} bytes for each parameter besides weights "
            "and gradients.",
            anthony("adamw_bytes"),
            "B/parameter",
            'sum(training_bytes(1, "mixed").values()) - training_bytes(1, "mixed")["weights"] '
            '- training_bytes(1, "mixed")["gradients"]',
            "Two moments and a copy of the weights, four bytes each.",
        ),
        ANTHONY.holds(
            "anthony-zero",
            "With all state cut into 64 parts, a model of 7.5 billion parameters takes "
            f"{anthony('zero_3_bytes') / 1e9:.1f} GB a chip.",
            anthony("zero_3_bytes"),
            "B",
            'sum(training_bytes(anthony("zero_parameters"), "mixed").values()) '
            '/ anthony("zero_chips")',
            "16 bytes for each parameter are 120 GB; a 64th of it.",
        ),
    ]
