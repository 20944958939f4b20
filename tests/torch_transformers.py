"""Transformers as PyTorch modules, spelt out layer by layer, of the shape that a record gives.

Products are written as products and nothing is fused, so that PyTorch sees each.
"""

from __future__ import annotations

from typing import Any

import pytest

from hwmath.models import Model

torch = pytest.importorskip("torch", reason="PyTorch is not installed: make torch")
nn, functional = torch.nn, torch.nn.functional
checkpoint = pytest.importorskip("torch.utils.checkpoint").checkpoint


class Dropout(torch.autograd.Function):  # type: ignore[misc, name-defined]
    """Drops half of the numbers and keeps a mask of one byte each, as kernels for GPUs do."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        mask = torch.rand(x.shape) < 0.5
        ctx.save_for_backward(mask)
        return x * mask * 2

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        return gradient * ctx.saved_tensors[0] * 2


class Rms(torch.autograd.Function):  # type: ignore[misc, name-defined]
    """Divides by the root mean square, and keeps its input alone."""

    @staticmethod
    def forward(ctx: Any, x: Any, scale: Any) -> Any:
        ctx.save_for_backward(x, scale)
        return functional.rms_norm(x, x.shape[-1:], scale)

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        x, scale = (one.detach().requires_grad_() for one in ctx.saved_tensors)
        with torch.enable_grad():
            y = functional.rms_norm(x, x.shape[-1:], scale)
        return torch.autograd.grad(y, (x, scale), gradient)


class Scale(nn.Module):  # type: ignore[misc, name-defined]
    """A norm that stores one scale."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(width))

    def forward(self, x: Any) -> Any:
        return Rms.apply(x, self.scale)


def norm(m: Model, width: int) -> Any:
    return nn.LayerNorm(width) if m.norm == "layer" else Scale(width)


def linear(m: Model, inputs: int, outputs: int, which: str) -> Any:
    return nn.Linear(inputs, outputs, bias=which in m.biases)


def core(q: Any, k: Any, v: Any, dropout: bool) -> Any:
    """Queries (b, kv heads, heads of each, n, d) against keys and values (b, kv heads, t, d)."""
    b, kv, group, n, d = q.shape
    scores = q.reshape(b, kv, group * n, d) @ k.transpose(-1, -2)
    shares = torch.softmax(scores, dim=-1)
    shares = Dropout.apply(shares) if dropout else shares
    return (shares @ v).reshape(b, kv, group, n, -1)


class Attention(nn.Module):  # type: ignore[misc, name-defined]
    """Attention with a cache of `past` tokens (of zeros), or to a source."""

    def __init__(self, m: Model, *, dropout: bool, how: str) -> None:
        super().__init__()
        self.m, self.dropout, self.how = m, dropout, how
        wide, narrow = m.heads * m.head_width, m.kv_heads * m.head_width
        self.q = linear(m, m.width, wide, "qkv")
        self.k = linear(m, m.width, narrow, "qkv")
        self.v = linear(m, m.width, narrow, "qkv")
        self.o = linear(m, wide, m.width, "output")

    def forward(self, x: Any, past: int = 0, source: Any = None) -> Any:
        m = self.m
        b, n, _ = x.shape
        read = x if source is None else source
        group = m.heads // m.kv_heads
        q = self.q(x).view(b, n, m.kv_heads, group, m.head_width).permute(0, 2, 3, 1, 4)
        k, v = (
            part(read).view(b, -1, m.kv_heads, m.head_width).transpose(1, 2)
            for part in (self.k, self.v)
        )
        if past:
            old = torch.zeros(b, m.kv_heads, past, m.head_width, dtype=x.dtype)
            k, v = torch.cat([old, k], dim=2), torch.cat([old, v], dim=2)
        if self.how == "fused":
            every = q.flatten(1, 2)
            mixed = functional.scaled_dot_product_attention(every, k, v)
        elif self.how == "selective":
            mixed = checkpoint(core, q, k, v, self.dropout, use_reentrant=True).flatten(1, 2)
        else:
            mixed = core(q, k, v, self.dropout).flatten(1, 2)
        out = self.o(mixed.transpose(1, 2).reshape(b, n, -1))
        return Dropout.apply(out) if self.dropout else out


class Latent(nn.Module):  # type: ignore[misc, name-defined]
    """Latent attention, with keys and values of every head, or absorbed into the queries."""

    def __init__(self, m: Model, *, absorbed: bool) -> None:
        super().__init__()
        found = m.latent
        assert found is not None
        self.m, self.absorbed = m, absorbed
        self.c, self.r, self.v = found.content_width, found.rotary_width, found.value_width
        self.rank, h = found.kv_rank, m.heads
        rank = found.query_rank
        wide = h * (self.c + self.r)
        self.q = nn.Linear(m.width, wide, bias=False)
        if rank is not None:
            self.q = nn.Sequential(
                nn.Linear(m.width, rank, bias=False), Scale(rank), nn.Linear(rank, wide, bias=False)
            )
        self.down = nn.Linear(m.width, self.rank + self.r, bias=False)
        self.norm = Scale(self.rank)
        self.key = nn.Linear(self.rank, h * self.c, bias=False)
        self.value = nn.Linear(self.rank, h * self.v, bias=False)
        self.o = nn.Linear(h * self.v, m.width, bias=False)

    def forward(self, x: Any, past: int = 0, source: Any = None) -> Any:
        assert source is None
        b, n, _ = x.shape
        h = self.m.heads
        q = self.q(x).view(b, n, h, self.c + self.r).transpose(1, 2)
        content, turned = q.split([self.c, self.r], dim=-1)
        latent, key_turned = self.down(x).split([self.rank, self.r], dim=-1)
        latent = self.norm(latent)
        if past:
            latent = torch.cat([torch.zeros(b, past, self.rank), latent], dim=1)
            key_turned = torch.cat([torch.zeros(b, past, self.r), key_turned], dim=1)
        t, turned_keys = latent.shape[1], key_turned[:, None]
        if self.absorbed:
            to_latent = self.key.weight.view(h, self.c, self.rank)
            from_latent = self.value.weight.view(h, self.v, self.rank).transpose(-1, -2)
            q = torch.cat([content @ to_latent, turned], dim=-1)
            k = torch.cat([latent[:, None], turned_keys], dim=-1).expand(b, h, t, -1)
            shares = torch.softmax(q @ k.transpose(-1, -2), dim=-1)
            mixed = (shares @ latent[:, None].expand(b, h, t, self.rank)) @ from_latent
        else:
            k, v = (one(latent).view(b, t, h, -1).transpose(1, 2) for one in (self.key, self.value))
            k = torch.cat([k, turned_keys.expand(b, h, t, self.r)], dim=-1)
            mixed = torch.softmax(q @ k.transpose(-1, -2), dim=-1) @ v
        return self.o(mixed.transpose(1, 2).reshape(b, n, -1))


class Mlp(nn.Module):  # type: ignore[misc, name-defined]
    """Two matrices and GeLU, or three and SiLU."""

    def __init__(self, m: Model, inner: int, *, dropout: bool = False) -> None:
        super().__init__()
        self.dropout = dropout
        self.up = linear(m, m.width, inner, "mlp")
        self.gate = linear(m, m.width, inner, "mlp") if m.mlp_matrices == 3 else None
        self.down = linear(m, inner, m.width, "mlp")

    def forward(self, x: Any) -> Any:
        up = self.up(x)
        inner = functional.gelu(up) if self.gate is None else functional.silu(self.gate(x)) * up
        out = self.down(inner)
        return Dropout.apply(out) if self.dropout else out


class Mixture(nn.Module):  # type: ignore[misc, name-defined]
    """Experts: each token goes to those with its highest shares, and all to the shared one."""

    def __init__(self, m: Model) -> None:
        super().__init__()
        found = m.experts
        assert found is not None
        self.active = found.active
        self.router = nn.Linear(m.width, found.count, bias=False)
        self.experts = nn.ModuleList(Mlp(m, found.width) for _ in range(found.count))
        self.shared = Mlp(m, found.shared_width) if found.shared_width else None

    def forward(self, x: Any) -> Any:
        flat = x.reshape(-1, x.shape[-1])
        shares = torch.softmax(self.router(flat).float(), dim=-1)
        best, chosen = shares.topk(self.active, dim=-1)
        best = best.to(x.dtype)
        out = torch.zeros_like(flat) if self.shared is None else self.shared(flat)
        for i, expert in enumerate(self.experts):
            token, place = torch.nonzero(chosen == i, as_tuple=True)
            if len(token):
                result = expert(flat[token]) * best[token, place, None]
                out = out.index_put((token,), result, accumulate=True)
        return out.view_as(x)


class Block(nn.Module):  # type: ignore[misc, name-defined]
    """A layer: attention, attention to a source if it has one, and an MLP."""

    def __init__(self, m: Model, *, experts: bool, cross: bool, dropout: bool, how: str) -> None:
        super().__init__()
        self.norms = nn.ModuleList(norm(m, m.width) for _ in range(2 + cross))
        if m.latent:
            self.attention: Any = Latent(m, absorbed=how == "absorbed")
        else:
            self.attention = Attention(m, dropout=dropout, how=how)
        self.cross = Attention(m, dropout=dropout, how=how) if cross else None
        self.mlp: Any = Mixture(m) if experts else Mlp(m, m.mlp_width, dropout=dropout)

    def forward(self, x: Any, past: int = 0, source: Any = None) -> Any:
        x = x + self.attention(self.norms[0](x), past)
        if self.cross is not None:
            x = x + self.cross(self.norms[1](x), 0, source)
        return x + self.mlp(self.norms[-1](x))


class Transformer(nn.Module):  # type: ignore[misc, name-defined]
    """A model of a record's shape; `expert_layers` says which layers have experts.

    `how` is "plain", "fused", "selective" (attention's core computed anew), "full" (whole layers)
    or "absorbed".
    """

    def __init__(
        self,
        m: Model,
        expert_layers: tuple[int, ...] = (),
        *,
        dropout: bool = False,
        how: str = "plain",
    ) -> None:
        super().__init__()
        self.m, self.how = m, how

        def block(i: int, cross: bool) -> Block:
            return Block(m, experts=i in expert_layers, cross=cross, dropout=dropout, how=how)

        both = m.kind == "encoder-decoder"
        self.table = nn.Embedding(m.vocab, m.width) if m.vocab else None
        if m.patch_inputs:
            self.patches = nn.Linear(m.patch_inputs, m.width)
            self.first = nn.Parameter(torch.zeros(1, 1, m.width))
        self.positions = nn.Embedding(m.positions, m.width) if m.positions else None
        self.encoder = nn.ModuleList(block(-1, False) for _ in range(m.encoder_layers))
        self.encoder_norm = norm(m, m.width) if both else None
        self.layers = nn.ModuleList(block(i, both) for i in range(m.layers))
        self.norm = norm(m, m.width)
        self.pooler = nn.Linear(m.width, m.width) if m.pooler else None
        self.classes = nn.Linear(m.width, m.classes) if m.classes else None
        untied = m.unembeds and not m.tied
        self.out = nn.Linear(m.width, m.vocab, bias=False) if untied else None

    def embed(self, tokens: Any) -> Any:
        if self.m.patch_inputs:
            x = self.patches(tokens)
            x = torch.cat([self.first.expand(len(x), 1, -1), x], dim=1)
        else:
            assert self.table is not None
            x = self.table(tokens)
        if self.positions is not None:
            x = x + self.positions(torch.arange(x.shape[1]))
        return x

    def run(self, layer: Any, x: Any, past: int = 0, source: Any = None) -> Any:
        if self.how == "full":
            return checkpoint(layer, x, past, source, use_reentrant=True)
        return layer(x, past, source)

    def forward(self, tokens: Any, past: int = 0, source: Any = None) -> Any:
        if source is not None and self.encoder_norm is not None:
            source = self.embed(source)
            for layer in self.encoder:
                source = self.run(layer, source)
            source = self.encoder_norm(source)
        x = self.embed(tokens)
        for layer in self.layers:
            x = self.run(layer, x, past, source)
        x = self.norm(x)
        if self.pooler is not None:
            return self.pooler(x[:, 0])
        if self.classes is not None:
            return self.classes(x[:, 0])
        if not self.m.unembeds:
            return x
        assert self.table is not None
        return functional.linear(x, self.table.weight) if self.out is None else self.out(x)
