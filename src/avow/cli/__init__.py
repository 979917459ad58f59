"""The command line: words in, exit codes out.

Decides nothing: it parses arguments, calls `avow.app` and prints. Results go to standard output, progress and
diagnostics to standard error. Exit codes: 0 nothing broken, 1 something is broken, 2 it could not be done.
"""
