"""The law of marks as pure functions of integers: columns, averages, levels, promotion, awards, by rule set.

Legal source: TT 22/2021 (grades 6-12), TT 27/2020 (primary), TT 43/2021 (continuing), TT 58/2011 (older years).
"""
