"""What runs inside the sandboxes.  It imports NumPy, IPython and the standard library alone."""
