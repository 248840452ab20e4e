# Everything about tests, included by the Makefile.
