"""Certificates (证书): issued for titles in force, signed, checked by anybody, on line or off.

The paper never says whether it is in force: that is asked of the title on the day of the check.
"""
