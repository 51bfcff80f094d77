"""An oslo.messaging RPC server for tests. Prints {"ready": true}, then one line for each request it runs."""

import argparse
import json
import sys
import threading
import time

import oslo_messaging
from oslo_config import cfg

from nova import exception

printing = threading.Lock()


def tell(**what):
    with printing:
        print(json.dumps(what, default=str), flush=True)


class Main:
    target = oslo_messaging.Target(version="1.5")

    def __init__(self, name):
        self.name = name

    def echo(self, context, value=None):
        tell(ran="echo", context=context, value=value)
        return value

    def who(self, context):
        return self.name

    def note(self, context, text):
        tell(ran="note", context=context, text=text)

    def note_all(self, context, text):
        tell(ran="note_all", context=context, text=text)

    def late(self, context, seconds):
        tell(ran="late", seconds=seconds)
        time.sleep(seconds)
        tell(ran="late", seconds=seconds, done=True)
        return "late"

    @oslo_messaging.expected_exceptions(exception.InstanceNotFound)
    def expected(self, context, instance_id):
        raise exception.InstanceNotFound(instance_id=instance_id)

    def unexpected(self, context):
        raise exception.InstanceNotFound(instance_id="surprise")

    def builtin(self, context):
        raise ValueError("a bad value")

    def foreign(self, context):
        raise json.JSONDecodeError("not JSON", "text", 0)


class Other:
    target = oslo_messaging.Target(version="2.0", namespace="other")

    def echo(self, context, value=None):
        return ["other", value]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--topic", default="peer")
    parser.add_argument("--server", default="python-1")
    arguments = parser.parse_args()

    conf = cfg.CONF  # oslo.messaging 18.3 looks for some of its options nowhere else
    conf([])
    oslo_messaging.set_transport_defaults("nova")
    transport = oslo_messaging.get_rpc_transport(conf, url=arguments.url)
    server = oslo_messaging.get_rpc_server(
        transport,
        oslo_messaging.Target(topic=arguments.topic, server=arguments.server),
        [Main(arguments.server), Other()],
        access_policy=oslo_messaging.DefaultRPCAccessPolicy,
    )
    server.start()
    tell(ready=True)
    sys.stdin.read()  # until the test closes it
    server.stop()
    server.wait()
    transport.cleanup()


main()
