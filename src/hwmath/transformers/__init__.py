"""What a transformer computes, holds and moves: counted from its shape, before anything runs.

`shapes` takes a model apart and `run` says what is run; `flop` counts FLOP by formula, `operators`
lists what is computed and moved, and `memory` has weights and the cache.  For training there are
`activations`, `training` (FLOP, time, energy, money) and `cluster`, which shares memory by a plan.
`step` has the time of a pass in four terms (`assumptions` what it leaves out, `machines` what it
runs on), `inference` what serving costs; `measurements` are published times, `authors` and `hunt`
published calculations, calculated again.
"""
