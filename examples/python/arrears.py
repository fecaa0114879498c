"""What an application meets when nobody pays, with Python's standard library only.

npx frostgate exec -- python3 examples/python/arrears.py
"""
import json
import os
import socket
import urllib.request

API = os.environ["FROSTGATE_URL"]
TOKEN = os.environ.get("FROSTGATE_TOKEN", "")


def api(method, path, body=None):
    request = urllib.request.Request(
        f"{API}/v1{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"content-type": "application/json", "authorization": f"Bearer {TOKEN}"},
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)


class Redis:
    """Just enough of a client; yours will do as well."""

    def __init__(self, host, port):
        self.file = socket.create_connection((host, port)).makefile("rwb")

    def ask(self, *words):
        parts = [f"*{len(words)}\r\n"] + [f"${len(word)}\r\n{word}\r\n" for word in words]
        self.file.write("".join(parts).encode())
        self.file.flush()
        line = self.file.readline().decode().rstrip()
        if line.startswith("$"):
            return self.file.read(int(line[1:]) + 2)[:-2].decode()
        return line[1:]


redis = Redis(os.environ["REDIS_HOST"], int(os.environ["REDIS_PORT"]))
print("active: ", redis.ask("SET", "greeting", "hello"))
api("PUT", "/accounts/default/balance", {"balance": 0})
api("POST", "/clock/advance", {"by": "26h"})
print("frozen: ", redis.ask("GET", "greeting") + ",", redis.ask("SET", "greeting", "x"))
api("POST", "/accounts/default/top-up", {"amount": 100})
print("paid:   ", redis.ask("SET", "greeting", "back"))
