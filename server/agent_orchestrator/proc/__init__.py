"""The only place that runs processes other than git's.

`run` starts and watches runs; `holder` is the small program that holds one run and outlives its launcher; `attach`
joins a terminal to a run. This file and `hold` import nothing heavy: the holder starts on every run.
"""
