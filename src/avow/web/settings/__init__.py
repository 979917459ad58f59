"""Django's settings for the two web processes, made from what the process was told. Nothing here reads the environment."""
