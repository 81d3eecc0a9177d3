"""The jobs, one file each, a screen long; nothing but the command line imports them."""
