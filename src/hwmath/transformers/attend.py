"""The operators of one layer's attention, with what each of them moves."""

from __future__ import annotations

from collections.abc import Iterator

from hwmath.models.model import LatentAttention, Model
from hwmath.transformers.attention import block_tokens, core_works, in_full, pairs, seen_keys
from hwmath.transformers.parts import Operator, linear
from hwmath.transformers.run import Formats, Pass
from hwmath.transformers.shapes import Block, Linear, attention_matrices
from hwmath.units import FLOP_PER_MAC
from hwmath.validate import Number
from hwmath.work import Traffic, Work

PROJECTIONS, MIXING = "attention projections", "scores and values"


def attend_operators(
    model: Model, block: Block, run: Pass, formats: Formats, *, causal: bool, fused: bool
) -> Iterator[Operator]:
    """The operators of a layer's attention: projections and core, and those of cross attention.

    A decoder's keys and values are written to the cache and read from there; an encoder's are
    activations.
    Raises: nothing.
    Derived in: transformers, "What moves".
    """
    met = pairs(model, block, run, causal=causal)
    if model.latent:
        yield from _latent(model, model.latent, block, run, formats, met, fused)
    else:
        yield from _plain(model, block, run, formats, met, fused)
    if block.cross:
        yield from _cross(model, run, formats, fused)


def _plain(
    model: Model, block: Block, run: Pass, formats: Formats, met: Number, fused: bool
) -> Iterator[Operator]:
    tokens, cached = block_tokens(model, block, run), block.stack == "decoder"
    for m in attention_matrices(model):
        kept = cached and m.name in ("key", "value")
        yield _projection(m, tokens, formats, kept=kept)
    keys = run.batch * seen_keys(block, run)
    if block.stack == "encoder":
        keys = tokens
    yield from _core(model, met, tokens, keys, formats, cached=cached, fused=fused)


def _cross(model: Model, run: Pass, formats: Formats, fused: bool) -> Iterator[Operator]:
    for m in attention_matrices(model, cross=True):
        kept = m.name in ("key", "value")
        tokens = run.encoded_tokens if kept else run.tokens
        named = Linear(f"cross {m.name}", m.inputs, m.outputs)
        yield _projection(named, tokens, formats, kept=kept)
    met, keys = run.tokens * run.source_tokens, run.batch * run.source_tokens
    for one in _core(model, met, run.tokens, keys, formats, cached=True, fused=fused):
        yield Operator(f"cross {one.name}", one.term, None, 1, one.work)


def _projection(m: Linear, tokens: Number, formats: Formats, *, kept: bool) -> Operator:
    """A projection; the result of one that is `kept` is written to the cache."""
    done = linear(m.name, PROJECTIONS, m.inputs, m.outputs, tokens, formats)
    if not kept:
        return done
    moved = done.work.traffic
    traffic = Traffic(
        weights=moved.weights,
        act_in=moved.act_in,
        kv_write=tokens * (m.outputs * formats.kv_bytes),
    )
    return Operator(m.name, PROJECTIONS, None, 1, Work(m.name, done.work.flop_by_unit, traffic))


def _core(
    model: Model,
    met: Number,
    tokens: Number,
    keys: Number,
    formats: Formats,
    *,
    cached: bool,
    fused: bool,
) -> Iterator[Operator]:
    """Scores, softmax and mixture over `keys` keys of the whole batch, each read once."""
    act, wide = formats.activation_bytes, model.heads * model.head_width
    narrow = model.kv_heads * model.head_width
    one = (
        Traffic(kv_read=keys * (narrow * formats.kv_bytes))
        if cached
        else Traffic(act_in=keys * (narrow * act))
    )
    for work in core_works(
        met=met,
        heads=model.heads,
        key_width=model.head_width,
        value_width=model.head_width,
        query=Traffic(act_in=tokens * (wide * act)),
        keys=one,
        values=one,
        result=Traffic(act_out=tokens * (wide * act)),
        score_bytes=act,
        fused=fused,
    ):
        yield Operator(work.name, MIXING, None, 1, work)


def _latent(
    model: Model,
    latent: LatentAttention,
    block: Block,
    run: Pass,
    formats: Formats,
    met: Number,
    fused: bool,
) -> Iterator[Operator]:
    """Latent attention: keys and values in full where that is cheaper, else absorbed."""
    full, keys = in_full(model, run, met), run.batch * seen_keys(block, run)
    for m in attention_matrices(model):
        if m.name in ("key up", "value up"):
            yield _up(m, latent, model.heads, run.tokens, keys, formats, full)
        else:
            yield _projection(m, run.tokens, formats, kept=m.name == "latent down")
    for spelt_out, absorbed in zip(
        _spelt_out_core(model, latent, run.tokens, keys, met, formats, fused),
        _absorbed_core(model, latent, run.tokens, keys, met, formats, fused),
        strict=True,
    ):
        yield _either(full, spelt_out, absorbed)


def _either(full: Number, spelt_out: Work, absorbed: Work) -> Operator:
    mixed = spelt_out * full + absorbed * (1 - full)
    name = spelt_out.name
    return Operator(name, MIXING, None, 1, Work(name, mixed.flop_by_unit, mixed.traffic))


def _up(
    m: Linear,
    latent: LatentAttention,
    heads: int,
    tokens: Number,
    keys: Number,
    formats: Formats,
    full: Number,
) -> Operator:
    """From the latents of all keys to keys or values of all heads; or, absorbed, past them.

    Absorbed, the same matrix takes each head's query to the width of the latents, or a head's
    mixture of latents to the width of its value.
    """
    act, weights = formats.activation_bytes, Traffic(weights=m.elements * formats.weight_bytes)
    flop = {"matrix": FLOP_PER_MAC * float(m.elements)}
    read = Traffic(kv_read=keys * (m.inputs * formats.kv_bytes))
    whole = Work(m.name, {}, weights + read + Traffic(act_out=keys * (m.outputs * act)))
    narrow, wide = tokens * (m.outputs * act), tokens * (heads * latent.kv_rank * act)
    past = (
        Traffic(act_in=narrow, act_out=wide)
        if m.name == "key up"
        else Traffic(act_in=wide, act_out=narrow)
    )
    one = Work(m.name, flop)
    spelt_out, absorbed = one * keys + whole, one * tokens + Work(m.name, {}, weights + past)
    either = _either(full, spelt_out, absorbed).work
    return Operator(m.name, PROJECTIONS, None, 1, Work(m.name, either.flop_by_unit, either.traffic))


def _spelt_out_core(
    model: Model,
    latent: LatentAttention,
    tokens: Number,
    keys: Number,
    met: Number,
    formats: Formats,
    fused: bool,
) -> tuple[Work, ...]:
    """Scores and mixture with keys and values of all heads; the rotated part is in the cache."""
    act, h = formats.activation_bytes, model.heads
    key_width = latent.content_width + latent.rotary_width
    rotated = Traffic(kv_read=keys * (latent.rotary_width * formats.kv_bytes))
    return core_works(
        met=met,
        heads=h,
        key_width=key_width,
        value_width=latent.value_width,
        query=Traffic(act_in=tokens * (h * key_width * act)),
        keys=Traffic(act_in=keys * (h * latent.content_width * act)) + rotated,
        values=Traffic(act_in=keys * (h * latent.value_width * act)),
        result=Traffic(act_out=tokens * (h * latent.value_width * act)),
        score_bytes=act,
        fused=fused,
    )


def _absorbed_core(
    model: Model,
    latent: LatentAttention,
    tokens: Number,
    keys: Number,
    met: Number,
    formats: Formats,
    fused: bool,
) -> tuple[Work, ...]:
    """Scores and mixture over the latents; one kernel reads them once for both."""
    act, h, rank = formats.activation_bytes, model.heads, latent.kv_rank
    width = rank + latent.rotary_width
    return core_works(
        met=met,
        heads=h,
        key_width=width,
        value_width=rank,
        query=Traffic(act_in=tokens * (h * width * act)),
        keys=Traffic(kv_read=keys * (width * formats.kv_bytes)),
        values=Traffic(kv_read=0.0 if fused else keys * (rank * formats.kv_bytes)),
        result=Traffic(act_out=tokens * (h * rank * act)),
        score_bytes=act,
        fused=fused,
    )
