"""The files of an answer, each written while items stream by, in chunks that fit a sealed row."""
