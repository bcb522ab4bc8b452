"""The register of a month on paper and in a workbook."""
