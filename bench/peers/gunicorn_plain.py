"""gunicorn's settings for the small servers. Without a file of their own they would read the app's."""

worker_connections = 20_000
control_socket_disable = True
loglevel = "warning"
graceful_timeout = 2
