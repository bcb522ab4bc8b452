"""The museum of signatures: good files, bad files made by code, each with the verdict and the reason it must get."""
