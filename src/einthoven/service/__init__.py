"""The service: recordings in over HTTP, analyses out, and the web application beside it.

`app.make_app` puts it together; start reading there. `docs/service.md` says what it does for its users.
"""
