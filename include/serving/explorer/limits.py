"""What a query of the box may take. Each limit is kept where the query cannot move it."""

TIME_LIMIT_S = 10.0
ROW_LIMIT = 10_000
# As the server sends the rows, which counts them while it makes them.
BYTE_LIMIT = 20_000_000
# As the rows are handed on to who asked: some values take more room here than when they are sent.
OUTPUT_LIMIT = 64_000_000
# Of the process that reads the answer, beyond what it begins with: a value of 12 bytes can take 400 as Python has it.
MEMORY_LIMIT = 400_000_000
# Queries at work in a database, those among them that were ended and go on because PostgreSQL cannot stop them.
AT_ONCE = 2
CONNECT_TIMEOUT_S = 5.0
# How long the process of a query may take to say that it was ended, or to end its session.
GRACE_S = 2.0
# An error text can be as long as any value.
LONGEST_REASON = 500
