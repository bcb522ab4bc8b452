"""The command wing: the province on one wall, what calls for somebody, the reports that fill themselves."""
