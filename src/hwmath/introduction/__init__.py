"""Why hardware decides: what an idea costs on a machine, how compute grew, where memory goes.

`lottery` times ideas on machines; `trends` fits growth to `runs`; `training_memory` counts the
bytes of training; `regimes` tells what a program waits for; `cramming` spends a budget.
"""
