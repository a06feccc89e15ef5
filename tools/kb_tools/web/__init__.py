"""External links: fetched politely and safely, judged fairly, remembered between runs.

`page`, `phrases`, `verdict`, `schedule`, `agreement`, `hosts` and `fix` are pure; `fetch` (with
`lenient`), `links` and `history` touch the world; `job` joins them, `summary` tells people,
`command` does what the command line asks for.
"""
