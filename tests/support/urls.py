"""URLs that must lead nowhere. `{port}` is the canary's port, `{web}` the same as `:port`."""

__all__ = ["A_FIFTH", "A_TENTH", "ELSEWHERE", "LOOPBACK", "NO_WEB", "URLS"]

LOOPBACK = [
    "http://127.0.0.1{web}/",
    "http://127.1{web}/",
    "http://127.0.1{web}/",
    "http://0.0.0.0{web}/",
    "http://localhost{web}/",
    "http://LOCALHOST{web}/",
    "http://localhost.{web}/",
    "http://a.localhost{web}/",
    "http://localhost.localdomain{web}/",
    "http://2130706433{web}/",
    "http://0x7f000001{web}/",
    "http://0x7f.1{web}/",
    "http://017700000001{web}/",
    "http://0177.0.0.1{web}/",
    "http://127.0.0.1.nip.io{web}/",
    "http://[::]{web}/",
    "http://[::1]{web}/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]{web}/",
    "http://[::ffff:7f00:1]{web}/",
    "http://[::7f00:1]{web}/",
    "http://[64:ff9b::7f00:1]{web}/",
    "http://[2002:7f00:1::]{web}/",
    "http://[2001:0:7f00:1::]{web}/",
    "http://redis{web}/",
    "http://api{web}/v1/keys",
    "http://127.0.0.1{web}/containers/json",
    "http://example.com@127.0.0.1{web}/",
    "http://127.0.0.1{web}#@example.com/",
    "http://example.com\\@127.0.0.1{web}/",
    "http://127.0.0.1{web}\\.example.com/",
    "http:\\\\127.0.0.1{web}\\",
    "http:/127.0.0.1{web}/",
    "http:///127.0.0.1{web}/",
    "http://①②⑦.⓪.⓪.①{web}/",
    "http://ⓛocalhost{web}/",
    "http://127。0。0。1{web}/",
    "http://xn--lcalhost-54f{web}/",
    "http://127.0.0.1{web}/%0d%0aHost:%20127.0.0.1",
    "http://127.0.0.1%00.example.com{web}/",
    "http://127.0.0.1%09{web}/",
    "http://multi.test{web}/",
    "http://cname.test{web}/",
    "http://v6only.test{web}/",
    "http://mapped.test{web}/",
]
"""All that could reach the canary on loopback, were it not for the policy."""

ELSEWHERE = [
    "http://[::ffff:a9fe:a9fe]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[2002:a9fe:a9fe::]/",
    "http://[2001:0:a9fe:a9fe::]/",
    "http://[fe80::1%25eth0]/",
    "http://[fec0::1]/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    "http://169.254.43518/",
    "http://169.254.170.2/v2/credentials",
    "http://169.254.169.253/",
    "http://instance-data/",
    "http://metadata/",
    "http://100.100.100.200/",
    "http://192.0.0.192/opc/v1/instance/",
    "http://168.63.129.16/machine?comp=goalstate",
    "http://10.0.0.1/",
    "http://192.168.0.1/",
    "http://100.64.0.1/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://redis:6379/",
    "http://host.docker.internal/",
    "http://kubernetes.default.svc/",
    "http://127.0.0.1:2375/containers/json",
    "http://127.0.0.1:9222/json",
    "http://127.0.0.1:10250/pods",
    "http://93.184.216.34:22/",
    "http://93.184.216.34:6379/",
]
"""Private places where no canary can stand, and public ones on ports of other services."""

NO_WEB = [
    "file:///etc/passwd",
    "FILE:///etc/passwd",
    "file:/etc/passwd",
    "file://localhost/etc/passwd",
    "file:///proc/self/environ",
    "file:///tmp/",
    "\\\\localhost\\etc\\passwd",
    "view-source:file:///etc/passwd",
    "view-source:http://127.0.0.1{web}/",
    "filesystem:http://127.0.0.1{web}/",
    "blob:null/0",
    "ftp://127.0.0.1{web}/",
    "gopher://127.0.0.1{web}/_INFO",
    "ws://127.0.0.1{web}/",
    "wss://169.254.169.254/",
    "chrome://gpu",
    "chrome://settings",
    "devtools://devtools/bundled/inspector.html",
    "about:about",
    "data:text/html,<iframe/src=http://127.0.0.1{web}>",
    "data:text/html;base64,PGlmcmFtZSBzcmM9aHR0cDovLzEyNy4wLjAuMT4=",
    "jar:http://127.0.0.1{web}!/",
    "ssh://127.0.0.1{web}",
    "ldap://127.0.0.1{web}",
    "javascript:fetch('http://127.0.0.1{web}')",
]
"""Everything that is no http or https URL."""

URLS = [*LOOPBACK, *ELSEWHERE, *NO_WEB]

A_FIFTH = set(URLS[::5])

A_TENTH = set(URLS[::10])
"""For what needs a browser."""


def at(url: str, port: int) -> str:
    """The URL with the canary's port in it."""
    return url.replace("{web}", f":{port}")
