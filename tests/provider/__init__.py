"""A real provider of OpenID Connect to test against: allauth's own, in a process of its own, with a
database of its own. ``python -m tests.provider PORT FOLDER CALLBACK``.

Whoever signs in there says who he is and what the provider shall do wrong from then on.
"""
