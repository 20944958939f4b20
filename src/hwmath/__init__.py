"""The arithmetic of fast machine learning: work, traffic, chips and the time that follows."""

__version__ = "0.1.0"
