"""What training costs: six FLOP a weight and token, where that breaks, and time, energy and money.

Times are lower bounds at a utilisation of 1, and assumptions at any other.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from numpy.typing import ArrayLike

from hwmath.introduction import cramming
from hwmath.introduction.training_memory import Matrix, galore_bytes
from hwmath.models import active_parameters, parameters, parameters_by_part, weight_parameters
from hwmath.models.model import Model
from hwmath.transformers.flop import RECOMPUTE, Recompute, training_flop
from hwmath.transformers.shapes import attention_matrices, counted_blocks, mlp_matrices
from hwmath.units import FLOP_PER_MAC
from hwmath.validate import Number, fraction, non_negative, plain, positive, unknown

JOULE_PER_KWH: Final = 3.6e6
TOKENS_PER_PARAMETER: Final = 20
"""Rule of thumb for a training run that spends its FLOP best (Hoffmann et al. 2022)."""


def six_nd_flop(
    parameters: ArrayLike, tokens: ArrayLike, *, recompute: Recompute = "none"
) -> Number:
    """FLOP of training by the rule of thumb: N parameters, D tokens, nothing but weights.

    Formula: 6 N D; with full recomputation 8 N D; selective recomputation adds no product of
    weights
    Ignores: scores and values; that a table which is only looked up costs nothing; that of the
    experts only some are used (give active parameters); see `six_nd_errors`.
    Raises: ValueError unless both are above zero, and for an unknown `recompute`.
    Source: Bahdanau 2022; Anthony et al. 2023, "Compute".
    Derived in: transformers, "Six for each weight".

    >>> six_nd_flop(1e9, 20e9), six_nd_flop(1e9, 20e9, recompute="full")
    (1.2e+20, 1.6e+20)
    """
    if recompute not in RECOMPUTE:
        raise ValueError(unknown("recompute", recompute, RECOMPUTE))
    once = cramming.training_flop(parameters, tokens)
    return plain(once + once / cramming.PASSES * (recompute == "full"))


def six_nd_errors(model: Model, sequence: ArrayLike, *, causal: bool = False) -> dict[str, Number]:
    """What 6 N D counts too much (+) or too little (-), by cause, as a share of the exact count.

    N are all parameters.  Scores and values are left out of it; experts that a token is not sent
    to, tables of words and of positions that are only looked up, and norms and biases are in it
    and cost no product.  Matrices that meet distances, and no token, count among the tables.
    Formula: the shares sum to 6 N D / W_training - 1
    Raises: ValueError unless sequence is whole, and for a model that is not a decoder, of which not
    every token passes every matrix.
    Source: derived here.  Derived in: transformers, "Where six breaks".

    >>> from hwmath.models import model
    >>> errors = six_nd_errors(model("deepseek-v3"), 4096)
    >>> round(errors["idle experts"], 1), round(errors["scores and values"], 2)
    (13.5, -0.22)
    """
    if model.kind != "decoder":
        raise ValueError(f"{model.name} is an {model.kind}: not every token passes every matrix")
    exact = training_flop(model, 1.0, sequence, causal=causal)
    six = float(cramming.PASSES * FLOP_PER_MAC)
    weights = weight_parameters(model)
    unused = float(active_parameters(model) - weights)
    width = model.embedding_width or model.width
    tables = float(0 if model.tied else model.vocab * width)
    tables += float(parameters_by_part(model)["positions"])
    idle = float(parameters(model) - active_parameters(model))
    return {
        "scores and values": six * weights / exact - 1,
        "idle experts": six * idle / exact,
        "tables looked up": six * tables / exact,
        "norms and biases": six * (unused - tables) / exact,
    }


def compute_optimal_tokens(parameters: ArrayLike) -> Number:
    """Tokens at which a given number of FLOP gives the least loss, by the rule of thumb.

    Formula: D = 20 N
    Ignores: that a model which is used a lot is worth more tokens.
    Raises: ValueError unless parameters are above zero.
    Source: Hoffmann et al. 2022, table 3; Anthony et al. 2023, "Compute".
    Derived in: transformers, "What training costs".

    >>> compute_optimal_tokens(70e9)
    1400000000000.0
    """
    return plain(TOKENS_PER_PARAMETER * positive("parameters", parameters))


def galore_state_bytes(
    model: Model, rank: int, *, keep_gradients: bool = False
) -> dict[str, float]:
    """Bytes of the state of training with 8-bit GaLore on one chip, by part.

    The matrices of the layers are projected to `rank`, the tables of words are not; with experts,
    all of them.
    Ignores: what `galore_bytes` ignores; norms, biases and other small parameters.
    Raises: ValueError for a rank above the smaller side of a matrix.
    Source: Zhao et al. 2024, sections 4.3 and 5.5.
    Derived in: transformers, "The memory of training".

    >>> from hwmath.models import model
    >>> round(sum(galore_state_bytes(model("llama-7b"), 1024).values()) / 1e9, 1)
    19.4
    """
    shapes: Counter[tuple[int, int]] = Counter()
    for block, layers in counted_blocks(model).items():
        matrices = [*attention_matrices(model)]
        if block.cross:
            matrices += attention_matrices(model, cross=True)
        if block.experts and model.experts is not None:
            one = mlp_matrices(model, model.experts.width)
            matrices += one * model.experts.count
            if model.experts.shared_width:
                matrices += mlp_matrices(model, model.experts.shared_width)
        else:
            matrices += mlp_matrices(model, model.mlp_width)
        for matrix in matrices:
            shapes[matrix.inputs, matrix.outputs] += layers
    tables = 1 + (model.unembeds and not model.tied)
    width = model.embedding_width or model.width
    every = [Matrix(rows, columns, count) for (rows, columns), count in shapes.items()]
    if model.vocab:
        every.append(Matrix(model.vocab, width, tables, projected=False))
    return galore_bytes(every, rank, keep_gradients=keep_gradients)


def training_s(
    flop: ArrayLike,
    chips: ArrayLike,
    peak_flop_per_s: ArrayLike,
    utilisation: ArrayLike = 1.0,
) -> Number:
    """Seconds that `chips` chips need for so many FLOP, at a share of their peak.

    Symbols: W = flop, n = chips, π = peak of one chip, u = utilisation
    Formula: T = W / (n π u); with u = 1 a lower bound
    Ignores: failures, evaluation, waiting.
    Raises: ValueError unless all are above zero and utilisation is at most 1.
    Source: Bahdanau 2022.  Derived in: transformers, "What training costs".

    >>> from hwmath.units import TERA
    >>> round(training_s(7.38e22, 1024, 312 * TERA) / (24 * 3600), 2)
    2.67
    """
    share = positive("utilisation", fraction("utilisation", utilisation))
    rate = positive("chips", chips) * positive("peak_flop_per_s", peak_flop_per_s)
    return plain(positive("flop", flop) / (rate * share))


def mfu(
    model_flop: ArrayLike, seconds: ArrayLike, chips: ArrayLike, peak_flop_per_s: ArrayLike
) -> Number:
    """Model FLOP utilisation: the share of the peak that goes into FLOP which the model asks for.

    `model_flop` are those of forward and backward, without any computed anew: from
    `training_flop`, or `six_nd_flop` for the rule of thumb.
    Formula: W / (T n π)
    Raises: ValueError unless all are above zero.
    Source: Chowdhery et al. 2022, appendix B.  Derived in: transformers, "Utilisation".

    >>> round(mfu(7.38e22, 13.4 * 24 * 3600, 1024, 312e12), 4)
    0.1995
    """
    at_peak = training_s(model_flop, chips, peak_flop_per_s)
    return plain(at_peak / positive("seconds", seconds))


def hfu(
    model_flop: ArrayLike,
    recomputed_flop: ArrayLike,
    seconds: ArrayLike,
    chips: ArrayLike,
    peak_flop_per_s: ArrayLike,
) -> Number:
    """Hardware FLOP utilisation: as `mfu`, and FLOP that were computed anew count as well.

    Formula: (W + W_again) / (T n π)
    Raises: ValueError unless all are above zero; recomputed_flop may be 0.
    Source: Chowdhery et al. 2022, appendix B; Korthikanti et al. 2022, section 6.3.
    Derived in: transformers, "Utilisation".

    >>> hfu(6.0, 2.0, 10.0, 2, 1.0), mfu(6.0, 10.0, 2, 1.0)
    (0.4, 0.3)
    """
    done = positive("model_flop", model_flop) + non_negative("recomputed_flop", recomputed_flop)
    return mfu(done, seconds, chips, peak_flop_per_s)


def energy_j(
    seconds: ArrayLike, chips: ArrayLike, watts_per_chip: ArrayLike, pue: ArrayLike = 1.0
) -> Number:
    """Energy of a run, if every chip draws so much all the time: an assumption, not a measurement.

    `watts_per_chip` is often a data sheet's limit, which is an upper bound for a chip alone, and
    leaves its host out.  `pue`: what the building draws for each joule of the machines.
    Formula: T n (watts) PUE
    Raises: ValueError unless all are above zero and pue is at least 1.
    Source: Patterson et al. 2021, section 2.  Derived in: transformers, "Time, energy and money".

    >>> energy_j(seconds=3600, chips=8, watts_per_chip=500, pue=1.25) / JOULE_PER_KWH
    5.0
    """
    chip_s = positive("seconds", seconds) * positive("chips", chips)
    overhead = positive("pue", pue)
    if (overhead < 1).any():
        raise ValueError(f"pue={pue!r} is below 1: a building draws what its machines draw")
    return plain(chip_s * positive("watts_per_chip", watts_per_chip) * overhead)


def cost_usd(seconds: ArrayLike, chips: ArrayLike, usd_per_chip_hour: ArrayLike) -> Number:
    """Price of renting chips for so long.

    Formula: T n (price an hour) / 3600
    Ignores: storage, network, people, hours that are paid and lost.
    Raises: ValueError unless all are above zero.
    Source: Sanger 2023, for the price an hour of two chips.
    Derived in: transformers, "Time, energy and money".

    >>> cost_usd(seconds=7200, chips=8, usd_per_chip_hour=2.5)
    40.0
    """
    hours = positive("seconds", seconds) / cramming.SECONDS_PER_HOUR
    return plain(
        hours * positive("chips", chips) * positive("usd_per_chip_hour", usd_per_chip_hour)
    )


def chip_hours(flop: ArrayLike, reached_flop_per_s: ArrayLike) -> Number:
    """Hours of one chip that a run takes, at the rate that a chip reaches.

    Formula: W / (rate) / 3600
    Raises: ValueError unless both are above zero.
    Source: Anthony et al. 2023, "Engineering takeaways", for rates that are reached.
    Derived in: transformers, "Time, energy and money".

    >>> round(chip_hours(six_nd_flop(20e9, 400e9), 150e12))
    88889
    """
    return plain(training_s(flop, 1, reached_flop_per_s) / cramming.SECONDS_PER_HOUR)
