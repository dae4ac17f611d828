"""Beyond one process: the same run over very many accounts, on one machine's cores or on Spark."""
