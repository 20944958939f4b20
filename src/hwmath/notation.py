"""The symbols of the course: one for each idea, with its name in code and its unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol as TeX and as plain text, what it means, its name in code, and its unit."""

    tex: str
    text: str
    meaning: str
    code: str
    unit: str


SYMBOLS: Final = (
    Symbol("W", "W", "work", "flop", "FLOP"),
    Symbol("M", "M", "multiply-accumulates", "macs", "MAC"),
    Symbol("D", "D", "traffic: bytes moved, read and written", "moved_bytes", "B"),
    Symbol("I", "I = W/D", "arithmetic intensity", "intensity_flop_per_byte", "FLOP/B"),
    Symbol(r"\pi", "π", "peak: highest rate of computing", "peak_flop_per_s", "FLOP/s"),
    Symbol(r"\beta", "β", "bandwidth: highest rate of moving", "bytes_per_s", "B/s"),
    Symbol("I^*", "I* = π/β", "ridge point", "ridge_flop_per_byte", "FLOP/B"),
    Symbol("P", "P", "attainable performance", "attainable_flop_per_s", "FLOP/s"),
    Symbol("T", "T", "time, or a lower bound on it", "time_lower_bound_s", "s"),
    Symbol("o", "o", "overlap: hidden share of the shorter phase", "overlap", "1"),
    Symbol("b", "b", "bytes an element", "element_bytes", "B"),
    Symbol("l", "l", "a memory level", "level", "-"),
    Symbol(
        "m, n, k", "m, n, k", "rows, columns and inner length of a matrix product", "m, n, k", "1"
    ),
    Symbol("t", "t", "side of a square tile", "tile", "1"),
    Symbol("u", "u", "used share of the bytes that move", "line_utilisation", "1"),
    Symbol("L", "L", "a line of a cache", "line_bytes", "B"),
    Symbol("M", "M", "fast memory, in elements", "capacity_bytes / element_bytes", "1"),
    Symbol("c_l", "c_l", "cost of a look into a level", "latencies_s", "s"),
    Symbol("h_l", "h_l", "share of the looks into a level that hit", "hit_shares", "1"),
    Symbol(r"\lambda", "λ", "latency", "latency_s", "s"),
    Symbol("N", "N = λβ", "bytes in flight", "in_flight_bytes", "B"),
    Symbol("U", "U", "units of one kind in a chip", "units", "1"),
    Symbol("L", "L", "lanes: elements that one instruction works on", "lanes", "1"),
    Symbol(r"\varphi", "φ", "work of a lane in a clock", "flop_per_lane", "FLOP"),
    Symbol("f", "f", "clock", "clock_hz", "Hz"),
    Symbol("v", "v", "share of the time that is spread over lanes", "vector_share", "1"),
    Symbol("d", "d", "density: share of a matrix that is not zero", "density", "1"),
    Symbol("T_2", "T₂", "doubling time", "doubling_months", "months"),
    Symbol("N", "N", "parameters of a model", "parameters", "1"),
    Symbol("C", "C", "budget of compute", "budget_flop", "FLOP"),
    Symbol("u", "u", "utilisation: share of the peak that is reached", "utilisation", "1"),
    Symbol("L", "L", "layers of a model", "layers", "1"),
    Symbol("d", "d", "width of a row, a token's numbers between layers", "width", "1"),
    Symbol("F", "F", "inner width of an MLP", "mlp_width", "1"),
    Symbol("h", "h", "heads of queries", "heads", "1"),
    Symbol("g", "g", "heads of keys and values", "kv_heads", "1"),
    Symbol("H", "H", "width of a head", "head_width", "1"),
    Symbol("V", "V", "tokens of a vocabulary", "vocab", "1"),
    Symbol("S", "S", "tokens that a token can see, or of a text", "context", "1"),
    Symbol("B", "B", "sequences in a batch", "batch", "1"),
    Symbol("K", "K", "bytes that a token leaves in the cache", "kv_bytes_per_token", "B"),
    Symbol("A", "A", "activations that training keeps", "activation_bytes", "B"),
    Symbol("D", "D", "tokens of training", "tokens", "1"),
    Symbol("C", "C", "compute of training", "training_flop", "FLOP"),
    Symbol("n", "n", "chips that share the work", "chips", "1"),
    Symbol(r"\lambda", "λ", "bandwidth of a link, one way", "link_bytes_per_s", "B/s"),
)
