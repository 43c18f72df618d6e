# Programs that page themselves, built against the public library alone.
