"""External links: fetched politely and safely, judged fairly, remembered between runs.

`page`, `phrases`, `verdict`, `schedule`, `agreement` and `fix` are pure; `fetch`, `links` and
`history` touch the world; `job` joins them, `summary` tells people.
"""
