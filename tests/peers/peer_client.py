"""An oslo.messaging RPC client for tests.

Each input line asks for one message: {"do": "call" | "cast" | "fanout", "method": …, "args": {…}}, and may say topic,
server, namespace, version, timeout, monitor and context. Each output line answers it: {"result": …}, or {"raised": …} with
class, module, names of the classes it is an instance of, text, and keywords.
"""

import argparse
import json
import sys
import time

import oslo_messaging
from oslo_config import cfg


def told(error):
    classes = [f"{cls.__module__}.{cls.__qualname__}" for cls in type(error).__mro__]
    return {
        "class": type(error).__qualname__,
        "classes": classes,
        "text": str(error),
        "args": [str(arg) for arg in error.args],
        "kwargs": getattr(error, "kwargs", None),
        "exc_type": getattr(error, "exc_type", None),
    }


def run(transport, topic, wish):
    target = oslo_messaging.Target(topic=wish.get("topic", topic), version=wish.get("version", "1.0"))
    client = oslo_messaging.get_rpc_client(transport, target)
    options = {"fanout": wish["do"] == "fanout"}
    for key in ("server", "namespace", "timeout"):
        if wish.get(key) is not None:
            options[key] = wish[key]
    if wish.get("monitor") is not None:
        options["call_monitor_timeout"] = wish["monitor"]
    prepared = client.prepare(**options)
    send = prepared.call if wish["do"] == "call" else prepared.cast
    return send(wish.get("context", {}), wish["method"], **wish.get("args", {}))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--topic", default="peer")
    parser.add_argument("--trust", nargs="*", default=["nova.exception"])
    arguments = parser.parse_args()

    conf = cfg.CONF  # oslo.messaging 18.3 looks for some of its options nowhere else
    conf([])
    oslo_messaging.set_transport_defaults("nova")
    transport = oslo_messaging.get_rpc_transport(conf, url=arguments.url, allowed_remote_exmods=arguments.trust)
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        began = time.monotonic()
        try:
            answer = {"result": run(transport, arguments.topic, json.loads(line))}
        except Exception as error:  # the test decides which are right
            answer = {"raised": told(error)}
        answer["seconds"] = round(time.monotonic() - began, 3)
        print(json.dumps(answer, default=str), flush=True)
    transport.cleanup()


main()
