"""Avow makes a company's privacy policy true, and proves it sentence by sentence."""

__version__ = "0.1.0"
