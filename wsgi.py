from gevent import monkey  # isort: skip

monkey.patch_all()

from app import create_app

app = create_app()
